# Everything a newcomer needs: make demo, make test.

GO ?= go
# A hung test must end, and say where it hung.
TEST_TIMEOUT ?= 20m

.PHONY: demo test interop bench build chromium docs

demo: chromium build ## run every suite against the reference EHR and write reports/
	./bin/smartcheck demo

test: chromium ## run every test, those with a browser included
	$(GO) vet ./...
	$(GO) test -timeout $(TEST_TIMEOUT) ./...

interop: chromium ## judge two OpenID providers that others wrote; needs node and npm
	SMARTCHECK_INTEROP_REQUIRED=1 $(GO) test -v -count=1 ./internal/interop

bench: chromium ## measure speed as ratios: a run over its bare trips, discover over a bare loop (x-bare)
	$(GO) run ./internal/bench
	$(GO) test -run '^$$' -bench Discover -benchtime 2x ./internal/discovery

build:
	$(GO) build -o bin/smartcheck ./cmd/smartcheck

chromium: ## install a headless Chromium when there is none
	@$(GO) run ./internal/browser/ensure

docs: ## write the reference pages that are generated from the code
	$(GO) test ./internal/reference -update
	$(GO) test ./cmd/smartcheck -run TestCommandLinePage -update
