#!/usr/bin/env bash
# Installs smartcheck, and Chromium where there is no browser. A release is downloaded and its checksum compared;
# without one, the source that the action came with is built.
set -euo pipefail

bin="$RUNNER_TEMP/smartcheck/bin"
mkdir -p "$bin"

if [ -n "${SMARTCHECK_VERSION:-}" ]; then
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) system=linux_amd64 ;;
    Linux-aarch64 | Linux-arm64) system=linux_arm64 ;;
    Darwin-x86_64) system=darwin_amd64 ;;
    Darwin-arm64) system=darwin_arm64 ;;
    *) echo "there is no smartcheck for $(uname -sm); leave version empty to build it" >&2 && exit 2 ;;
  esac
  archive="smartcheck_${SMARTCHECK_VERSION#v}_$system.tar.gz"
  cd "$RUNNER_TEMP/smartcheck"
  gh release download "$SMARTCHECK_VERSION" --repo smart-conformance/smartcheck --clobber \
    --pattern "$archive" --pattern checksums.txt
  if command -v sha256sum > /dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
  awk -v name="$archive" '$2 == name' checksums.txt | "${sum[@]}" --check
  tar -xzf "$archive" -C "$bin" smartcheck
else
  cd "$GITHUB_ACTION_PATH/../../.."
  CGO_ENABLED=0 go build -trimpath -o "$bin/smartcheck" ./cmd/smartcheck
fi
echo "$bin" >> "$GITHUB_PATH"
"$bin/smartcheck" --version

# macOS keeps browsers where smartcheck finds them by itself.
if [ "$(uname -s)" = Darwin ]; then exit 0; fi
for browser in "${SMARTCHECK_CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable chrome; do
  if [ -n "$browser" ] && command -v "$browser" > /dev/null; then exit 0; fi
done
sudo apt-get update -qq
sudo apt-get install -y -qq --no-install-recommends chromium-headless-shell || sudo apt-get install -y -qq --no-install-recommends chromium
