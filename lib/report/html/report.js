// SPDX-License-Identifier: GPL-2.0
// Comfort only: without this script every part of the page is there, opens and closes.
"use strict";

(() => {
	const all = (selector, root = document) => [...root.querySelectorAll(selector)];
	const target = (link) => document.getElementById(decodeURIComponent(link.hash.slice(1)));

	// The chosen colours are kept where the browser lets a page keep anything.
	const keep = (value) => {
		try {
			if (value === undefined)
				return localStorage.getItem("farrier-theme");
			localStorage.setItem("farrier-theme", value);
		} catch {
			return null;
		}
		return value;
	};
	const themes = all("input[name=theme]");
	for (const theme of themes) {
		if (theme.value === keep())
			theme.checked = true;
		theme.addEventListener("change", () => keep(theme.value));
	}

	// Links of the matrix: which cell they open, and whether it is open.
	const slots = all(".matrix a.slot");
	const slotOf = new Map(slots.map((slot) => [target(slot)?.closest("details.cell"), slot]));
	const showState = (cell) => slotOf.get(cell)?.setAttribute("aria-expanded", cell.open);

	const open = (cell, from) => {
		if (cell.hidden)
			showAll();
		cell.open = true;
		cell.from = from;
		const summary = cell.querySelector("summary");
		summary.focus({ preventScroll: true });
		summary.scrollIntoView({ block: "start" });
	};
	for (const [cell, slot] of slotOf) {
		if (!cell)
			continue;
		showState(cell);
		cell.addEventListener("toggle", () => showState(cell));
		slot.addEventListener("click", (event) => {
			if (event.ctrlKey || event.metaKey || event.shiftKey)
				return;
			event.preventDefault();
			history.pushState(null, "", slot.hash);
			open(cell, slot);
		});
	}

	// A link from outside, or back and forth in the history.
	const follow = () => {
		const cell = location.hash && target(location)?.closest("details.cell");
		if (cell)
			open(cell);
	};
	addEventListener("hashchange", follow);
	addEventListener("popstate", follow);
	follow();

	document.addEventListener("keydown", (event) => {
		const cell = event.key === "Escape" && event.target.closest?.("details.cell[open]");
		if (!cell)
			return;
		cell.open = false;
		(cell.from ?? slotOf.get(cell) ?? cell.querySelector("summary")).focus();
	});

	// In a matrix one cell is in the tab order, and arrows go from cell to cell.
	const steps = {
		ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
		Home: [0, -Infinity], End: [0, Infinity],
	};
	for (const table of all("table.matrix")) {
		const rows = all("tbody tr", table)
			.map((row) => all("td:not(.pair)", row).map((cell) => cell.querySelector("a.slot")))
			.filter((row) => row.some(Boolean));
		const place = new Map();
		rows.forEach((row, y) => row.forEach((slot, x) => slot && place.set(slot, [y, x])));
		for (const slot of place.keys())
			slot.tabIndex = -1;
		let current = place.keys().next().value;
		current.tabIndex = 0;
		const go = (slot) => {
			current.tabIndex = -1;
			current = slot;
			current.tabIndex = 0;
		};
		const find = (y, x, [dy, dx]) => {
			if (!Number.isFinite(dx)) {
				const line = rows[y].filter(Boolean);
				return dx < 0 ? line[0] : line.at(-1);
			}
			do {
				y += dy;
				x += dx;
			} while (rows[y] && x >= 0 && x < rows[y].length && !rows[y][x]);
			return rows[y]?.[x];
		};
		table.addEventListener("focusin", (event) => {
			if (place.has(event.target))
				go(event.target);
		});
		table.addEventListener("keydown", (event) => {
			const from = place.get(event.target);
			if (!from || !steps[event.key] || event.altKey || event.ctrlKey || event.metaKey)
				return;
			event.preventDefault();
			find(...from, steps[event.key])?.focus();
		});
	}

	// Filter, open all, close all.
	const cells = all("details.cell, .brief");
	const filter = document.getElementById("filter");
	const words = new Map();
	const wordsOf = (cell) => {
		if (!words.has(cell)) {
			const heading = cell.parentElement.querySelector("h3").textContent;
			words.set(cell, `${heading} ${(cell.querySelector("summary") ?? cell).textContent}`.toLowerCase());
		}
		return words.get(cell);
	};
	const apply = () => {
		const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
		let shown = 0;
		for (const cell of cells) {
			cell.hidden = !wanted.every((word) => wordsOf(cell).includes(word));
			shown += !cell.hidden;
		}
		document.getElementById("filtered").textContent =
			wanted.length ? `${shown} of ${cells.length} cells` : "";
	};
	const showAll = () => {
		filter.value = "";
		apply();
	};
	filter?.addEventListener("input", apply);
	const setAll = (value) => () => {
		for (const cell of cells)
			if (!cell.hidden && cell.matches("details"))
				cell.open = value;
	};
	document.getElementById("open-all")?.addEventListener("click", setAll(true));
	document.getElementById("close-all")?.addEventListener("click", setAll(false));

	// Commands can be copied.
	for (const block of navigator.clipboard ? all("pre.commands") : []) {
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = "Copy";
		button.addEventListener("click", async () => {
			const text = all("code", block).map((code) => code.textContent).join("\n");
			await navigator.clipboard.writeText(`${text}\n`);
			button.textContent = "Copied";
		});
		block.append(button);
	}

	for (const part of all(".tools, .keys"))
		part.hidden = false;
})();
