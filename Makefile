# Everything a newcomer or CI runs. `make help` lists it.

CARGO ?= cargo
BIN = $(or $(CARGO_TARGET_DIR),target)/release/einklang

.PHONY: help setup web build dist demo test e2e workbench-pictures lint docs fuzz schemathesis bench bench-floors bench-peers flamegraph instructions accuracy clean-demo

help: ## List the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## Install what a fresh Debian machine lacks (C and C++ compilers, libclang, Perl, curl, Python, Node)
	@sh tools/setup.sh

# The workbench goes into the binary where it was built; without Node the rest
# builds and works the same.
web: ## Build the stewards' workbench, which the next build of the binary takes in (needs Node 18 or later)
	@if ! command -v npm >/dev/null 2>&1; then echo "einklang: npm is missing, so the binary will have no workbench" >&2; \
	elif ! $(MAKE) --no-print-directory web/dist/app/index.html; then \
	echo "einklang: the workbench could not be built (see above), so the binary will have none" >&2; fi

web/dist/app/index.html: $(shell find web/src -type f 2>/dev/null) web/index.html web/package.json web/package-lock.json web/tsconfig.json web/vite.config.ts
	cd web && npm ci --no-audit --no-fund && npm run build

build: setup web ## Build the optimised binary
	$(CARGO) build --release --locked

dist: setup web ## Build the binary to hand out, optimised as a whole program
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

test: setup web ## Run every test
	$(CARGO) test --release --locked --workspace --all-features

e2e: build ## Let stewards work in a browser (Chromium), and check accessibility and size
	@sh tools/setup.sh browser
	cd web && npm run e2e

workbench-pictures: build ## Take the pictures of the workbench in docs/workbench
	@sh tools/setup.sh browser
	cd web && node e2e/shots.mjs

lint: setup ## Check formatting, lints, and that the pure layers stand alone
	$(CARGO) fmt --check
	$(CARGO) clippy --release --locked --workspace --all-targets --all-features -- -D warnings
	$(CARGO) clippy --release --locked --lib --no-default-features -- -D warnings

docs: setup ## Build the API documentation, with warnings as errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --no-deps --all-features

fuzz: setup ## Feed the readers and the rule file damaged bytes, a minute each
	EINKLANG_FUZZ_SECONDS=60 $(CARGO) test --release --locked --test fuzz_ingest --test fuzz_rules --test fuzz_normalise

schemathesis: build ## Ask the service whatever its OpenAPI document allows and does not allow, five minutes
	@sh tools/schemathesis.sh $(BIN)

bench: setup ## Time each stage
	$(CARGO) bench --locked

instructions: build ## Count the instructions of a merge and hold them against benches/instructions.json (UPDATE=1)
	@sh tools/setup.sh valgrind
	python3 tools/instructions.py --binary $(BIN) $(if $(UPDATE),--update)

# SET is a folder with records.csv.
flamegraph: build ## Draw where a merge's processor time goes into docs/images/flame.svg (SET=folder; needs perf)
	@test -n "$(SET)" || { echo "einklang: name the set: make flamegraph SET=folder, with records.csv" >&2; exit 2; }
	@mkdir -p target/flame
	perf record -q -F 99 -e cpu-clock --call-graph dwarf,16384 -o target/flame/perf.data $(BIN) unify -q --id record_id \
	  --source-column source $(SET)/records.csv --out target/flame/merged
	perf script -i target/flame/perf.data --no-inline -F comm,tid,ip,sym | python3 tools/flamegraph.py \
	  --title "einklang unify of $(notdir $(SET)): processor time of all threads" > docs/images/flame.svg
	@rm -r target/flame

# DATA names a folder of labelled sets, without it the shipped ones are measured;
# PEERS names what the runners of other engines wrote.
accuracy: build ## Measure the labelled sets and write docs/accuracy.md (DATA=folder for others)
	python3 tools/accuracy.py --binary $(BIN) $(if $(DATA),--data $(DATA)) $(if $(PEERS),--peers $(PEERS)) --out docs/accuracy.md

# Where the environments of other engines are, one each in a folder of its name.
PEERS_IN = $(or $(CARGO_TARGET_DIR),target)/peers

# SETS are folders with records.csv and truth.csv. Runs that stopped go on where
# they were if RUNS names the file that they wrote.
bench-floors: build ## Time DuckDB and polars merely reading and grouping the same files, and Einklang (SETS=folders, ROUNDS=5)
	@test -n "$(SETS)" || { echo "einklang: name the sets: make bench-floors SETS='folder ...', each with records.csv" >&2; exit 2; }
	@test -d $(PEERS_IN)/floors || (python3 -m venv $(PEERS_IN)/floors && $(PEERS_IN)/floors/bin/pip -q install duckdb==2.0.0 polars==2.1.0)
	$(PEERS_IN)/floors/bin/python tools/floors.py --binary $(BIN) --rounds $(or $(ROUNDS),5) \
	  --out $(or $(RUNS),benches/runs/$$(date +%F)-floors.jsonl) $(SETS)

bench-peers: build ## Run Einklang and its peers in turn on the same files (SETS=folders, ROUNDS=5, ENGINES=einklang,splink,…, LIMIT=seconds)
	@test -n "$(SETS)" || { echo "einklang: name the sets: make bench-peers SETS='folder ...', each with records.csv and truth.csv" >&2; exit 2; }
	python3 tools/peers --install --environments $(PEERS_IN) --binary $(BIN) --rounds $(or $(ROUNDS),1) --limit $(or $(LIMIT),1800) \
	  $(if $(ENGINES),--engines $(ENGINES)) --out $(or $(RUNS),benches/runs/$$(date +%F)-peers.jsonl) $(SETS)
