# Everything a newcomer or CI runs. `make help` lists it.

CARGO ?= cargo
BIN = $(or $(CARGO_TARGET_DIR),target)/release/einklang

.PHONY: help setup build dist demo test lint docs fuzz bench accuracy clean-demo

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## Install what a fresh Debian machine lacks (C and C++ compilers, libclang, curl, Python)
	@sh tools/setup.sh

build: setup ## Build the optimised binary
	$(CARGO) build --release --locked

dist: setup ## Build the binary to hand out, optimised as a whole program
	$(CARGO) build --profile dist --locked

demo: build clean-demo ## Merge the shipped channel exports and say what came out
	$(BIN) unify testdata/channels/shop.csv testdata/channels/crm.csv testdata/channels/newsletter.csv \
	  testdata/channels/till.csv testdata/channels/support.csv --out merged
	@echo
	$(BIN) evaluate --crosswalk merged/crosswalk.csv --truth testdata/channels/truth.csv
	@echo
	@echo "The golden customers are in merged/customers.csv; open merged/report.html in a browser."

clean-demo:
	@rm -rf merged

test: setup ## Run every test
	$(CARGO) test --release --locked --workspace --all-features

lint: setup ## Check formatting, lints, and that the pure layers stand alone
	$(CARGO) fmt --check
	$(CARGO) clippy --release --locked --workspace --all-targets --all-features -- -D warnings
	$(CARGO) clippy --release --locked --lib --no-default-features -- -D warnings

docs: setup ## Build the API documentation, with warnings as errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --no-deps --all-features

fuzz: setup ## Feed the readers and the rule file damaged bytes, a minute each
	EINKLANG_FUZZ_SECONDS=60 $(CARGO) test --release --locked --test fuzz_ingest --test fuzz_rules --test fuzz_normalise

bench: setup ## Time each stage
	$(CARGO) bench --locked

# DATA names a folder of labelled sets, without it the shipped ones are measured;
# PEERS names what the runners of other engines wrote.
accuracy: build ## Measure the labelled sets and write docs/accuracy.md (DATA=folder for others)
	python3 tools/accuracy.py --binary $(BIN) $(if $(DATA),--data $(DATA)) $(if $(PEERS),--peers $(PEERS)) --out docs/accuracy.md
