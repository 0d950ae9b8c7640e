# `make help` lists the targets. Everything that is made lies under build/ and node_modules/.

# A shell command that the guest runs: make run CMD="cat /etc/os-release". Not expanded by make, so $HOME is the guest's.
CMD ?= uname -srm
export BANGER_RUN_CMD := $(value CMD)

SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
NODE := build/toolchain/bin/node
CXX_FILES = $(shell find native agent -name '*.cc' -o -name '*.cpp' -o -name '*.h')

.PHONY: build modules prebuild run check format test test-long test-lab test-sanitizers test-matrix bench-create bench-create-lab bench-exec bench-workspace bench-plumbing bench-plumbing-lab fuzz clean help
.DEFAULT_GOAL := build

build: modules ## compile the addon, the agent and the programs into build/
	@$(NODE) scripts/build.ts

prebuild: modules ## put the addon into prebuilds/, for `npm pack`; and all else that a package has into build/
	@$(NODE) scripts/build.ts
	@$(NODE) scripts/prebuild.ts

run: modules ## boot a VM, run CMD in it, delete it: make run CMD="cat /etc/os-release"
	@scripts/install-deps run
	@$(NODE) scripts/build.ts
	@$(SUDO) build/bin/banger vm run --rm -- sh -c "$$BANGER_RUN_CMD"

# What is missing of compilers, Node and npm packages; silent when all is there.
modules:
	@scripts/install-deps build
	@scripts/toolchain
	@scripts/install-modules

check: modules ## formatter, linter and types, for TypeScript and C++
	@scripts/install-deps test
	@$(NODE) node_modules/@biomejs/biome/bin/biome check .
	@$(NODE) node_modules/typescript/bin/tsc --noEmit
	@clang-format --dry-run -Werror $(CXX_FILES)

format: modules ## rewrite the sources as the formatters have it
	@scripts/install-deps test
	@$(NODE) node_modules/@biomejs/biome/bin/biome check --write .
	@clang-format -i $(CXX_FILES)

test: build ## the whole suite that this host can run, the lab included
	@scripts/install-deps run test firewalls
	@$(NODE) scripts/test.ts

test-long: build ## the same with all of what `make test` tries a sample of, but the matrix and fuzzing
	@scripts/install-deps run test firewalls
	@BANGER_TEST_LONG=1 $(NODE) scripts/test.ts

test-lab: build ## the suites that need a kernel of their own, in the nested test machine
	@scripts/install-deps run test firewalls
	@$(NODE) scripts/test.ts lab

test-matrix: build ## every VMM with every storage driver, here and in the lab: docs/matrix.md
	@scripts/install-deps run test
	@$(SUDO) $(NODE) scripts/matrix.ts

test-sanitizers: modules ## the contract suite on an addon with AddressSanitizer and UBSan
	@scripts/install-deps build test
	@$(NODE) scripts/test.ts sanitizers

fuzz: modules ## libFuzzer on what parses foreign bytes, FUZZ_SECONDS (10) each
	@scripts/install-deps build test
	@$(NODE) scripts/fuzz.ts

bench-create: build ## what a create costs, against its floor: build/bench/create.json
	@scripts/install-deps run test
	@$(SUDO) $(NODE) test/bench/create.ts

bench-create-lab: build ## the same in the lab, with KVM and device-mapper: build/bench/create-lab.json
	@scripts/install-deps run test
	@LAB_TIMEOUT=7200 LAB_DISK=24G LAB_FETCH=build/bench/create-lab.json BANGER_BENCH_OUTPUT=build/bench/create-lab.json \
		scripts/nested/lab-e2e $(NODE) test/bench/create.ts

bench-exec: build ## what a command in a VM costs, against ssh: build/bench/exec.json
	@scripts/install-deps run test
	@$(SUDO) $(NODE) test/bench/exec.ts

bench-workspace: build ## what a large checkout costs, against git clone and tar | ssh: build/bench/workspace.json
	@scripts/install-deps run test
	@$(SUDO) $(NODE) test/bench/workspace.ts

# In namespaces of its own: what it makes goes with them, however it ends.
bench-plumbing: build ## what HostOps costs, against plain C and against the tools: build/bench/plumbing.json
	@scripts/install-deps run test
	@$(SUDO) unshare --net --mount $(NODE) test/bench/plumbing.ts

bench-plumbing-lab: build ## the same in the lab, with device-mapper: build/bench/plumbing-lab.json
	@scripts/install-deps run test
	@LAB_TIMEOUT=7200 LAB_DISK=24G LAB_FETCH=build/bench/plumbing-lab.json BANGER_BENCH_OUTPUT=build/bench/plumbing-lab.json \
		scripts/lab unshare --net --mount $(NODE) test/bench/plumbing.ts

clean: ## remove what was built; Node, npm packages and the lab's kernel stay
	@rm -rf build/agent build/asan build/bench build/bin build/cmake build/fuzz build/lib build/meta build/native build/test

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1	/p' Makefile | expand -t 16
