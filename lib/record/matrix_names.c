// SPDX-License-Identifier: GPL-2.0
#include "matrix.h"

const char *matrix_variant_name(enum matrix_variant variant)
{
	return variant == MATRIX_SERIES ? "series" : "base";
}

const char *matrix_model_name(enum matrix_model model)
{
	static const char *const names[] = {
		[MATRIX_NO_MODEL] = "none",
		[MATRIX_MODEL_OFF] = "off",
		[MATRIX_MODEL_ON] = "on",
	};

	return names[model];
}
