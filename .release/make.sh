#!/bin/sh
# Makes what the archives of a release hold besides the program: completions for shells, and manual pages.
set -eu
cd "$(dirname "$0")/.."
rm -rf .release/completions .release/man
mkdir -p .release/completions
go build -trimpath -o .release/smartcheck ./cmd/smartcheck
for shell in bash zsh fish powershell; do
  .release/smartcheck completion "$shell" > ".release/completions/smartcheck.$shell"
done
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" .release/smartcheck man .release/man
rm .release/smartcheck
