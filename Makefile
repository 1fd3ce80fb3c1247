# What a developer types. "make" alone lists the targets.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)

# One static binary, no C compiler, and the Go that is installed.
export CGO_ENABLED = 0
export GOTOOLCHAIN = local

STATICCHECK = go tool -modfile=build/tools/go.mod staticcheck
GO_FOLDERS  = $(wildcard cmd internal e2e bench)

.PHONY: help build run tools fmt lint check test e2e bench screenshots

help: ## what there is
	@grep -E '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /\1\t/' | expand -t 14

build: ## the binary ./catflap
	go build -trimpath -ldflags "$(LDFLAGS)" -o catflap ./cmd/catflap

run: build ## a demonstration on http://localhost:8080
	./catflap demo

tools: ## install what the tests need (Chromium, PostgreSQL, oathtool, zbarimg) where it is missing
	build/install-test-tools.sh

fmt: ## format the Go files
	gofmt -w $(GO_FOLDERS)

lint: ## formatting, go vet, staticcheck
	@unformatted=$$(gofmt -l $(GO_FOLDERS)); \
	if [ -n "$$unformatted" ]; then \
		echo "These files are not formatted. Run \"make fmt\":"; echo "$$unformatted"; exit 1; \
	fi
	go vet ./...
	$(STATICCHECK) ./...

check: lint ## lint and the quick tests, for every save
	go test -short -timeout 5m ./...

test: tools lint ## everything, on SQLite and PostgreSQL, then the stories in a browser
	go test -timeout 15m $$(go list ./... | grep -v '^catflap/e2e')
	$(MAKE) --no-print-directory e2e

# Never from the cache: the stories run the binary, which Go does not see as a
# dependency of the test.
e2e: ## the stories in a browser alone
	go test -count=1 -timeout 18m ./e2e/...

bench: ## the measurements that the README quotes
	go run ./bench

screenshots: tools ## the pictures in docs/screenshots
	go test -count=1 -timeout 15m ./e2e -run '^TestScreenshots$$' -screenshots ../docs/screenshots
