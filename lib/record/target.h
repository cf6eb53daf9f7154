/* SPDX-License-Identifier: GPL-2.0 */
/*
 * target.h - what people wrote below kernels/: branches, architectures, machines.
 *
 * Passive types. Nothing in C knows an architecture by name: what differs is a
 * value in kernels/arches/NAME.conf.
 */
#ifndef FARRIER_TARGET_H
#define FARRIER_TARGET_H

#include "workspace.h"

/* kernels/arches/NAME.conf */
struct arch {
	char *name;
	char *make;   /* make's ARCH= */
	char *folder; /* below arch/, where it is not the same */
	char *cross;  /* make's CROSS_COMPILE=, "" for the host's compiler */
	char *image;  /* the image that machines boot, relative to the build folder */
	/*
	 * The one that a console fetches over the network, with the initramfs inside, or "":
	 * its path, the variable by which make is told of the initramfs, and others that make
	 * is given with it ("NAME=VALUE").
	 */
	char *netboot, *netboot_initrd;
	struct strvec netboot_make;
	struct strvec guest_ldflags; /* for linking the guest's program */
	char *packages;		     /* Debian packages that it needs, for people, or "" */
	int cmdline_max; /* bytes that the kernel takes as command line, 0: not limited */
};

/* kernels/branches/NAME.conf */
struct branch {
	char *name;
	char *path;	       /* of the file */
	char *ref;	       /* in the kernel repository */
	char *stable;	       /* "6.12.y", or "" */
	char *package;	       /* Debian package that can fill it, or "" */
	char *suite;	       /* suite that has the package, "" for whatever apt knows */
	char *url;	       /* git, or "" */
	char *cmdline;	       /* appended on this branch, or "" */
	struct strvec configs; /* names of fragments in kernels/configs/, in order, or none */
	struct arch arch;      /* its strings are "" when the branch names none */
};

/* Of a machine in a lab: where it is asked for, and where kernels are put for it. */
struct lab_conf {
	char *url;	  /* of the LAVA server, without "/api/..."; "" when there is no lab */
	char *token_file; /* holds the token; "" for the environment or git's credentials */
	char *job;	  /* path of the job's template, or "" */
	char *artifacts;  /* a folder's path, or the URL below which files are PUT; or "" */
	char *artifacts_token_file; /* for PUT, sent as "Bearer"; "" for none */
	char *artifacts_url;	    /* where the lab finds them; "" for the same place */
	char *strays;		    /* folder that remembers jobs which may still come; or NULL */
	int parallel;		    /* most jobs at a time; 0: as many as there are devices */
	int poll_ms;		    /* between two looks at a job that runs */
	int patience;		    /* seconds that a lab may be out of reach */
};

/* kernels/machines/NAME.conf */
struct machine_conf {
	char *name;
	char *path;    /* of the file */
	char *kind;    /* "qemu", "lava" */
	char *arch;    /* name of the architecture, or "" for any */
	bool netboot;  /* boots the architecture's netboot image, not kernel and initramfs */
	char *qemu;    /* qemu: the program */
	char *model;   /* qemu: -machine */
	char *memory;  /* qemu: -m */
	char *accel;   /* qemu: -accel, or "" */
	char *cmdline; /* console and the detectors' tuning */
	struct lab_conf lab;
	int *cpus; /* what it can be started with, in order */
	size_t cpu_counts;
	char *packages;	      /* Debian packages that it needs, for people, or "" */
	int boot_seconds;     /* the longest it may take to the first heartbeat */
	int detector_seconds; /* how long the kernel's own detectors may need to name a hang */
	int quiet_seconds;    /* without a heartbeat: suspected to hang */
};

void target_release_arch(struct arch *arch);
void target_release_branch(struct branch *branch);
void target_release_machine(struct machine_conf *machine);
#define ARCH	     CLEANUP(target_release_arch) struct arch
#define BRANCH	     CLEANUP(target_release_branch) struct branch
#define MACHINE_CONF CLEANUP(target_release_machine) struct machine_conf

/* Names of the files in kernels/branches/ or kernels/machines/, sorted. */
ERR_CHECK target_branches(const struct workspace *workspace, struct strvec *names) MUST_USE;
ERR_CHECK target_machines(const struct workspace *workspace, struct strvec *names) MUST_USE;

/*
 * Where `series` (names; NULL: none) go: the branches that are `named`, with a warning
 * where one of the series is for another architecture; or, when none is named, every
 * branch that is filled and that all of them are for. None at all is ERR_INPUT.
 */
ERR_CHECK target_choose_branches(const struct workspace *workspace, git_repository *repo,
				 const struct strvec *series, const struct strvec *named,
				 struct strvec *chosen) MUST_USE;

/* Reads one; a name that is not there is ERR_INPUT that lists the ones that are. */
ERR_CHECK target_read_branch(const struct workspace *workspace, const char *name,
			     struct branch *branch) MUST_USE;
ERR_CHECK target_read_arch(const struct workspace *workspace, const char *name,
			   struct arch *arch) MUST_USE;
ERR_CHECK target_read_machine(const struct workspace *workspace, const char *name,
			      struct machine_conf *machine) MUST_USE;

/*
 * Porting needs neither an architecture nor a config, building does: one that the
 * branch does not name is ERR_INPUT that lists what it could name.
 */
ERR_CHECK target_need_build(const struct workspace *workspace,
			    const struct branch *branch) MUST_USE;

/* The branch's fragments joined, in order, each with a comment that names it. */
ERR_CHECK target_read_config(const struct workspace *workspace, const struct branch *branch,
			     struct strbuf *fragment) MUST_USE;

/* A branch's commit; a branch that was never filled is ERR_INPUT that says how to fill it. */
ERR_CHECK target_branch_commit(git_repository *repo, const struct branch *branch,
			       git_oid *commit) MUST_USE;

#endif
