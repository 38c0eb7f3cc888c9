# Watchword. `make help` lists what there is; a machine with Go and make is enough for all but the checks of `make ci`.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MODULES     := $(shell go work edit -json | sed -n 's/.*"DiskPath": "\(.*\)".*/\1/p')
VERSION     ?= 0.1.0-dev
BASE        := github.com/watchword/watchword/services
STAMP       := -s -w -X $(BASE)/auth.Version=$(VERSION) -X $(BASE)/users.Version=$(VERSION) -X $(BASE)/mailer.Version=$(VERSION)
# grpcnotrace leaves out a debug page of grpc's, and with it the templates that keep the linker from dropping dead methods.
RELEASE     := CGO_ENABLED=0 go build -trimpath -tags grpcnotrace
LINT        := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULNCHECK   := go run golang.org/x/vuln/cmd/govulncheck@v1.1.4

.DEFAULT_GOAL := help
.PHONY: help run stores hello backup export build test test-race test-stores test-chart test-kill test-soak bench profile fuzz-api fmt fmt-fix vet lint lint-fix tidy tidy-fix alone vulncheck docs-fix ci

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | expand -t 14

run: ## Run the whole suite on this machine
	@go build -o bin/local ./deploy/local && exec bin/local

stores: ## Run the embedded stores alone
	@go build -o bin/local ./deploy/local && exec bin/local stores

hello: ## Sign up, read the mail, verify, sign in and refresh, against what runs
	@go run ./deploy/local hello

backup: ## Copy the data of what runs into a new folder (TO=.backup/<time>)
	@mkdir -p .backup && go run ./deploy/local backup $(or $(TO),.backup/$(shell date -u +%Y%m%dT%H%M%SZ))

export: ## Write every account of what runs here into a file (TO=FILE; needs WATCHWORD_TRANSFER_KEY)
	@go build -o bin/users ./services/users/cmd/users
	@WATCHWORD_MONGODB_URI="$$(sed -n 's/.*"mongodb": "\(mongodb:[^"]*\)".*/\1/p' .data/run.json)" \
		WATCHWORD_SEAL_KEYS_FILE=.data/keys/seal.keys WATCHWORD_PEPPER_KEYS_FILE=.data/keys/pepper.keys bin/users export --to $(TO)

build: ## Build the three services' static binaries into bin/
	@for s in auth users mailer; do $(RELEASE) -ldflags '$(STAMP)' -o bin/$$s ./services/$$s/cmd/$$s; done

test: ## Run all tests
	@go test -shuffle=on -timeout 20m work

test-race: ## Run unit and store tests under the race detector (needs a C compiler)
	@go test -race -shuffle=on -timeout 20m ./pkg/... ./services/auth/... ./services/users/... ./services/mailer/... ./deploy/local/...

test-stores: ## Run store suites, contract and comparison on Debian's redis-server and SecantusDB
	@tests/with-stores redis,mongodb go test -count=1 -timeout 20m ./pkg/... ./services/auth/... ./services/users/... ./services/mailer/... ./deploy/local/internal/mongo/... ./tests/contract/...

test-chart: ## Render the Helm chart and hold it to account (builds helm once)
	@WATCHWORD_CHART=1 go test -count=1 -timeout 30m ./tests/chart/...

test-kill: ## Kill every process under load, again and again (ROUNDS=20; SEED= repeats a run's choices)
	@WATCHWORD_KILL_ROUNDS=$(or $(ROUNDS),20) WATCHWORD_KILL_SEED=$(SEED) go test -count=1 -v -timeout 2h ./tests/kill/...

test-soak: ## Let the services work for minutes and compare what they hold (SOAK=5m)
	@WATCHWORD_SOAK=$(or $(SOAK),5m) go test -count=1 -v -timeout 2h ./tests/soak/...

bench: ## Measure against bare programs (ACCOUNTS=100000; WRITE=1 renews tests/bench/README.md)
	@go run ./tests/bench -accounts $(or $(ACCOUNTS),100000) $(if $(WRITE),-write)

profile: ## Profile each service under a load (PHASE=signin, refresh, user, check or flood) into .cache/profile
	@go run ./tests/bench -profile $(or $(PHASE),refresh)

fuzz-api: ## Let schemathesis loose on the API documents (FUZZ_TIME=180 seconds, FUZZ_SEED, FUZZ_PASSES; needs Python)
	@tests/fuzz/run

fmt: ## Check the formatting
	@test -z "$$(gofmt -l $(MODULES) | tee /dev/stderr)"

fmt-fix: ## Format
	@gofmt -w $(MODULES)

vet: ## Run go vet
	@go vet work

lint: ## Run golangci-lint on every module
	@for m in $(MODULES); do (cd $$m && $(LINT) run ./...); done

lint-fix: ## Mend what golangci-lint can
	@for m in $(MODULES); do (cd $$m && $(LINT) run --fix ./...); done

tidy: ## Check that every go.mod and go.sum is tidy
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy -diff); done

tidy-fix: ## Tidy them
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy); done

alone: ## Build every module without the workspace
	@for m in $(MODULES); do (cd $$m && GOWORK=off go build ./... && GOWORK=off go vet ./...); done

vulncheck: ## Check dependencies and toolchain against a vulnerability database (WATCHWORD_VULNDB)
	@VULNCHECK='$(VULNCHECK)' .ci/vulncheck $(MODULES)

docs-fix: ## Write the README's table of settings anew
	@go run ./deploy/local settings README.md

ci: fmt vet tidy alone lint vulncheck test-race ## What .ci/run runs beside the tests
