# Thin verbs; what they do stands in hack/. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps build test lint e2e demo image bench fuzz clean

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "make %-6s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## Install what building and testing need (Debian 12, root); does nothing when it is there
	@hack/install-deps

build: deps ## Build all programs and unit tests into build/dev
	cmake --preset dev
	cmake --build --preset dev

test: ## All that CI runs: format, layers, unit tests under ASan and UBSan, images, real clusters, demo; it says what it leaves out
	@began=$$(date +%s) && hack/install-deps && hack/test --began $$began

lint: deps ## Format, clang-tidy, layers, self-contained headers, scripts, words
	@hack/lint

e2e: deps ## Only the tests on real clusters (hack/test --list names them one by one)
	@hack/test --only e2e

demo: image ## Two real clusters and one admission between them, from nothing to nothing
	@hack/demo

image: deps ## Container images in build/images, byte for byte reproducible
	@hack/images

bench: deps ## Benchmarks of the hot paths
	@hack/bench

fuzz: deps ## Fuzz what reads foreign input for FUZZ_SECONDS (600) each
	@hack/fuzz

clean: ## Remove build/ with its reports (the caches outside of the tree stay, the fuzz corpus among them)
	rm -rf build
