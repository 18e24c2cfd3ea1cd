package main

import (
	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/discovery"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/locale"
	"github.com/smart-conformance/smartcheck/internal/profile"
	"github.com/smart-conformance/smartcheck/internal/reference"
	"github.com/smart-conformance/smartcheck/internal/target"
	"github.com/smart-conformance/smartcheck/reporters"
)

// values returns what shells complete a flag with: that of the name, in the subcommand.
func values(subcommand, flag string) []cobra.Completion {
	switch flag {
	case "format":
		return formatsOf(subcommand)
	case "check":
		return completions(checks.All(), func(c checks.Check) (string, string) { return c.ID, c.Title })
	case "suite":
		return areasOf(checks.All())
	case "area":
		return reference.Everything().Areas()
	case "level":
		return []cobra.Completion{"SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY"}
	case "fault":
		return completions(faults.All(), func(f faults.Fault) (string, string) { return f.ID, f.Summary })
	case "spec":
		return completions(checks.Versions, func(v checks.Version) (string, string) { return string(v), "" })
	case "user":
		return completions(target.UserRoles, func(r target.UserRole) (string, string) { return string(r), "" })
	case "lang":
		return completions(locale.Languages, func(l locale.Language) (string, string) { return string(l), "" })
	case "profile":
		return profile.Names()
	case "fail-on":
		return []cobra.Completion{"shall", "should", "regressions"}
	case "kind":
		return completions(discovery.Kinds, func(k discovery.Kind) (string, string) { return string(k), "" })
	default:
		return nil
	}
}

// completed are the flags that have values.
var completed = []string{"format", "check", "suite", "area", "level", "fault", "spec", "user", "lang", "kind", "profile", "fail-on"}

// completions makes a completion of each value: what is typed, and what it means.
func completions[T any](all []T, of func(T) (value, meaning string)) []cobra.Completion {
	var out []cobra.Completion
	for _, one := range all {
		value, meaning := of(one)
		out = append(out, cobra.CompletionWithDesc(value, meaning))
	}
	return out
}

// formatsOf returns the formats of a subcommand: those of results, of documents, or of lists.
func formatsOf(subcommand string) []cobra.Completion {
	switch subcommand {
	case "checks", "explain", "requirements", "selftest", "profiles", "show":
		return []cobra.Completion{"table", "json"}
	case "diff":
		return []cobra.Completion{"table", "json", "markdown"}
	case "discover", "brands":
		return []cobra.Completion{"table", "json", "junit", "markdown"}
	default:
		return append([]cobra.Completion{"table"},
			completions(reporters.Formats(), func(f reporters.Format) (string, string) { return f.Name, f.Purpose })...)
	}
}

// completeValues teaches the subcommands the values of their flags, and explain the ids of checks.
func completeValues(parent *cobra.Command) {
	for _, cmd := range parent.Commands() {
		for _, flag := range completed {
			if cmd.Flags().Lookup(flag) != nil || cmd.PersistentFlags().Lookup(flag) != nil {
				_ = cmd.RegisterFlagCompletionFunc(flag, complete(cmd.Name(), flag)) // fails for a flag that is not there
			}
		}
		if cmd.Name() == "explain" {
			cmd.ValidArgsFunction = complete(cmd.Name(), "check")
		}
		completeValues(cmd)
	}
}

func complete(subcommand, flag string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return values(subcommand, flag), cobra.ShellCompDirectiveNoFileComp
	}
}
