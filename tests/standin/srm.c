// SPDX-License-Identifier: GPL-2.0
/*
 * srm.c - talks like an AlphaServer's SRM console behind a serial line and a console server, for
 * tests; what it boots from the network is a real kernel, in QEMU.
 *
 *     srm PORT FOLDER TFTP-URL QEMU ARG...
 *
 * listens on PORT of 127.0.0.1 (0: a free one), one client at a time, and writes to FOLDER: the
 * port to "port", its process id to "pid", the flags of each boot to "flags", a line each. SIGHUP
 * is the power switch, off and on again; SIGTERM ends it. Until the first SIGHUP it is off.
 *
 * As on the hardware a line ends with CR, and LF is nothing; what is typed is echoed; the prompt is
 * P00>>>; "boot DEVICE -file NAME -flags TEXT" (options may be cut short) fetches NAME by TFTP. The
 * file must be what arch/alpha/boot makes as bootpfile: the loader, the kernel at a multiple of
 * 512 bytes, the initramfs. The loader's own code is not run, as only SRM could; what it does with
 * the flags (256 bytes or more: none) and with the two parts is done here. A kernel that halts or
 * resets comes back to the console.
 */
#include <arpa/inet.h>
#include <elf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* START_ADDR of arch/alpha/include/asm/setup.h, without CONFIG_ALPHA_LEGACY_START_ADDRESS. */
#define KERNEL_START 0xfffffc0001010000ULL
#define BLOCK	     512
#define MOST_FLAGS   256
#define EM_ALPHA_ELF 0x9026
/* What stands before a member's name, see find_initramfs(). */
#define NEWC_HEADER 110
/* The first instructions of the two head.S: "br $29,.+4" of the loader, "br $27,.+4" of the kernel.
 */
#define LOADER_FIRST 0xc3a00000U
#define KERNEL_FIRST 0xc3600000U

static const char *folder, *tftp;
static char **qemu;
static int qemu_words;
static int listener, client = -1, console = -1;
static pid_t guest;
static bool powered;
static volatile sig_atomic_t switched;
static char line[1024];
static size_t length;

static void die(const char *what)
{
	fprintf(stderr, "srm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *path_of(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		die("memory");
	return path;
}

static void print_bytes(const char *bytes, size_t count)
{
	while (client >= 0 && count) {
		ssize_t done = send(client, bytes, count, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return;
		bytes += done;
		count -= (size_t)done;
	}
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_bytes(text, strlen(text));
}

static void prompt(void)
{
	print("P00>>>");
	length = 0;
}

static void stop_guest(void)
{
	if (guest) {
		kill(guest, SIGKILL);
		waitpid(guest, NULL, 0);
		guest = 0;
	}
	if (console >= 0)
		close(console);
	console = -1;
}

static void power_on(void)
{
	stop_guest();
	powered = true;
	print("\r\n\r\nOpenVMS PALcode V1.92-104, Tru64 UNIX PALcode V1.87-101\r\n\r\n"
	      "starting console on CPU 0\r\ninitialized idle PCB\r\ninitializing semaphores\r\n"
	      "initializing heap\r\nprobing I/O subsystem\r\nTesting the System\r\n"
	      "Testing the Network\r\n");
	usleep(300000);
	print("AlphaServer Console V7.3-2, a stand-in\r\n\r\n");
	prompt();
}

/* --- what is fetched --- */

static char *read_whole(const char *path, size_t *size)
{
	struct stat status;
	FILE *file = fopen(path, "rb");
	char *bytes;

	if (!file || fstat(fileno(file), &status) < 0)
		die(path);
	*size = (size_t)status.st_size;
	bytes = malloc(*size + 1);
	if (!bytes || fread(bytes, 1, *size, file) != *size)
		die(path);
	fclose(file);
	return bytes;
}

static void write_whole(const char *name, const void *head, size_t head_size, const char *bytes,
			size_t size)
{
	char *path = path_of(name);
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(head, 1, head_size, file) != head_size ||
	    fwrite(bytes, 1, size, file) != size || fclose(file))
		die(path);
	free(path);
}

static bool fetch(const char *name, const char *path)
{
	char url[1024];
	pid_t pid;
	int status;

	snprintf(url, sizeof(url), "%s/%s", tftp, name);
	pid = fork();
	if (!pid) {
		execlp("curl", "curl", "-sS", "--max-time", "60", "--tftp-blksize", "1428", "-o",
		       path, url, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

static uint32_t word_at(const char *bytes, size_t offset)
{
	uint32_t word;

	memcpy(&word, bytes + offset, sizeof(word));
	return word;
}

/* Where the kernel begins, behind the loader; 0: there are no such two. */
static size_t find_kernel(const char *bytes, size_t size)
{
	if (size < BLOCK || word_at(bytes, 0) != LOADER_FIRST)
		return 0;
	for (size_t at = BLOCK; at + sizeof(uint32_t) <= size && at < 128 * BLOCK; at += BLOCK)
		if (word_at(bytes, at) == KERNEL_FIRST)
			return at;
	return 0;
}

/*
 * The last newc header of a member "dev", with which farrier's begin; the kernel may hold others.
 * 0: none. See Documentation/driver-api/early-userspace/buffer-format.rst.
 */
static size_t find_initramfs(const char *bytes, size_t size)
{
	static const size_t least = NEWC_HEADER + sizeof("dev");

	for (size_t at = size >= least ? size - least : 0; at; at--)
		if (!memcmp(bytes + at, "070701", 6) && !memcmp(bytes + at + NEWC_HEADER, "dev", 4))
			return at;
	return 0;
}

/* The kernel as an ELF file for QEMU. */
static void write_kernel(const char *bytes, size_t size)
{
	struct {
		Elf64_Ehdr file;
		Elf64_Phdr part;
	} head = { .file = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					  ELFDATA2LSB, EV_CURRENT },
			     .e_type = ET_EXEC,
			     .e_machine = EM_ALPHA_ELF,
			     .e_version = EV_CURRENT,
			     .e_entry = KERNEL_START,
			     .e_phoff = sizeof(Elf64_Ehdr),
			     .e_ehsize = sizeof(Elf64_Ehdr),
			     .e_phentsize = sizeof(Elf64_Phdr),
			     .e_phnum = 1 },
		   .part = { .p_type = PT_LOAD,
			     .p_flags = PF_R | PF_W | PF_X,
			     .p_offset = sizeof(head),
			     .p_vaddr = KERNEL_START,
			     .p_paddr = KERNEL_START,
			     .p_filesz = size,
			     .p_memsz = size,
			     .p_align = 8 } };

	write_whole("kernel", &head, sizeof(head), bytes, size);
}

static void start_qemu(const char *flags, bool initramfs)
{
	char *kernel = path_of("kernel"), *initrd = path_of("initrd");
	char **argv = calloc((size_t)qemu_words + 12, sizeof(*argv));
	int ends[2], words = 0;

	if (!argv || pipe(ends) < 0)
		die("pipe");
	for (; words < qemu_words; words++)
		argv[words] = qemu[words];
	argv[words++] = (char[]){ "-kernel" };
	argv[words++] = kernel;
	argv[words++] = (char[]){ "-append" };
	argv[words++] = strdup(flags);
	if (initramfs) {
		argv[words++] = (char[]){ "-initrd" };
		argv[words++] = initrd;
	}
	guest = fork();
	if (!guest) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	console = ends[0];
	free(argv);
	free(kernel);
	free(initrd);
}

static void note_flags(const char *flags)
{
	char *path = path_of("flags");
	FILE *file = fopen(path, "a");

	if (!file || fprintf(file, "%s\n", flags) < 0 || fclose(file))
		die(path);
	free(path);
}

/* What the loader does, and says. */
static void run_image(const char *bytes, size_t size, const char *flags)
{
	size_t kernel = find_kernel(bytes, size), initramfs = find_initramfs(bytes, size);
	size_t end = initramfs ? initramfs : size;

	if (!kernel || end <= kernel) {
		print("halted CPU 0\r\n\r\nhalt code = 2\r\nkernel stack not valid halt\r\n"
		      "PC = 20000000\r\n");
		prompt();
		return;
	}
	print("Linux/AXP bootp loader\r\nSwitching to OSF PAL-code .. Ok\r\n");
	if (strlen(flags) >= MOST_FLAGS)
		flags = "";
	print("Loading the kernel...'%s'\r\n", flags);
	note_flags(flags);
	write_kernel(bytes + kernel, end - kernel);
	if (initramfs)
		write_whole("initrd", "", 0, bytes + initramfs, size - initramfs);
	start_qemu(flags, initramfs != 0);
}

static void boot(const char *device, const char *file, const char *flags)
{
	char *path = path_of("bootpfile"), *bytes;
	size_t size;

	print("(boot %s -file %s -flags %s)\r\n\r\nTrying BOOTP boot.\r\n\r\n"
	      "Broadcasting BOOTP Request...\r\nReceived BOOTP Packet File Name is: %s\r\n"
	      "TFTP Read File Name: %s\r\n",
	      device, file, flags, file, file);
	if (!fetch(file, path)) {
		print("failed to read %s\r\n", file);
		prompt();
		free(path);
		return;
	}
	bytes = read_whole(path, &size);
	print("bootstrap code read in\r\nbase = 200000, image_start = 0, image_bytes = %zx\r\n"
	      "initializing HWRPB at 2000\r\nsetting affinity to the primary CPU\r\n"
	      "jumping to bootstrap code\r\n",
	      size);
	run_image(bytes, size, flags);
	free(bytes);
	free(path);
}

/* --- the command line --- */

/* The next word, or what is between double quotes; ends it. NULL at the end. */
static char *next_word(char **rest)
{
	char *word, *end;

	*rest += strspn(*rest, " \t");
	if (!**rest)
		return NULL;
	if (**rest == '"') {
		word = *rest + 1;
		end = word + strcspn(word, "\"");
	} else {
		word = *rest;
		end = word + strcspn(word, " \t");
	}
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* Whether `word` is `option` or a start of it that is no start of another. */
static bool is_option(const char *word, const char *option)
{
	return strlen(word) >= 3 && !strncmp(word, option, strlen(word));
}

static void boot_command(char *rest)
{
	const char *device = "ewa0", *file = "", *flags = "", *word;

	while ((word = next_word(&rest))) {
		if (is_option(word, "-file"))
			file = next_word(&rest);
		else if (is_option(word, "-flags"))
			flags = next_word(&rest);
		else if (is_option(word, "-protocols"))
			next_word(&rest);
		else
			device = word;
	}
	boot(device, file ? file : "", flags ? flags : "");
}

static void execute(void)
{
	char *rest = line, *word;

	line[length] = '\0';
	print("\r\n");
	word = next_word(&rest);
	if (word && (!strcmp(word, "boot") || !strcmp(word, "b"))) {
		boot_command(rest);
		return;
	}
	if (word && strcmp(word, "show") && strcmp(word, "set"))
		print("%s: No such command\r\n", word);
	prompt();
}

static void typed(char byte)
{
	if (!powered || guest || byte == '\n' || byte == '\0')
		return;
	if (byte == '\r') {
		execute();
		return;
	}
	if (length + 1 < sizeof(line)) {
		line[length++] = byte;
		print_bytes(&byte, 1);
	}
}

/* --- the line --- */

static void read_client(void)
{
	char bytes[512];
	ssize_t got = read(client, bytes, sizeof(bytes));

	if (got <= 0) {
		close(client);
		client = -1;
		return;
	}
	for (ssize_t i = 0; i < got; i++)
		typed(bytes[i]);
}

static void read_console(void)
{
	char bytes[4096];
	ssize_t got = read(console, bytes, sizeof(bytes));

	if (got > 0) {
		print_bytes(bytes, (size_t)got);
		return;
	}
	stop_guest();
	print("\r\nhalted CPU 0\r\n\r\nhalt code = 5\r\nHALT instruction executed\r\n");
	prompt();
}

static void serve(void)
{
	struct pollfd fds[] = { { .fd = listener, .events = POLLIN },
				{ .fd = client, .events = POLLIN },
				{ .fd = console, .events = POLLIN } };

	int count = poll(fds, 3, switched ? 0 : 100);

	if (count < 0 && errno != EINTR)
		die("poll");
	if (count <= 0 && switched) {
		switched = 0;
		power_on();
	}
	if (count <= 0)
		return;
	if (fds[0].revents && client < 0)
		client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	else if (fds[0].revents)
		close(accept(listener, NULL, NULL));
	if (fds[1].revents && fds[1].fd >= 0)
		read_client();
	if (fds[2].revents && fds[2].fd >= 0 && fds[2].fd == console)
		read_console();
}

static void on_switch(int number)
{
	(void)number;
	switched = 1;
}

static void on_end(int number)
{
	(void)number;
	if (guest)
		kill(guest, SIGKILL);
	_exit(0);
}

static void note_number(const char *name, int number)
{
	char text[32];
	int size = snprintf(text, sizeof(text), "%d\n", number);

	write_whole(name, "", 0, text, (size_t)size);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);

	if (argc < 5) {
		fprintf(stderr, "usage: srm PORT FOLDER TFTP-URL QEMU ARG...\n");
		return 2;
	}
	address.sin_port = htons((uint16_t)atoi(argv[1]));
	folder = argv[2];
	tftp = argv[3];
	qemu = argv + 4;
	qemu_words = argc - 4;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 4) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		die("cannot listen");
	/* Nobody is left who would end it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGHUP, on_switch);
	signal(SIGTERM, on_end);
	note_number("pid", getpid());
	note_number("port", ntohs(address.sin_port));
	for (;;)
		serve();
}
