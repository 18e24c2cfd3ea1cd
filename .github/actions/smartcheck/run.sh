#!/usr/bin/env bash
# Runs smartcheck with the inputs of the action, puts the summary on the job page and hands on the exit code, so
# that the reports are uploaded before the job breaks.
set -uo pipefail

arguments=(--config "$INPUT_CONFIG" --reports "$INPUT_REPORTS")
[ -z "$INPUT_PROFILE" ] || arguments+=(--profile "$INPUT_PROFILE")
[ -z "$INPUT_EXPECTATIONS" ] || arguments+=(--expectations "$INPUT_EXPECTATIONS")
[ -z "$INPUT_BASELINE" ] || arguments+=(--baseline "$INPUT_BASELINE")
[ -z "$INPUT_FAIL_ON" ] || arguments+=(--fail-on "$INPUT_FAIL_ON")
while IFS= read -r argument; do
  [ -z "$argument" ] || arguments+=("$argument")
done <<< "$INPUT_ARGS"

smartcheck run "${arguments[@]}"
code=$?

if [ -f "$INPUT_REPORTS/summary.md" ]; then
  cat "$INPUT_REPORTS/summary.md" >> "$GITHUB_STEP_SUMMARY"
fi
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
