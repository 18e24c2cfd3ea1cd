package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/profile"
	"github.com/smart-conformance/smartcheck/internal/reference"
)

// newChecks makes the command that lists the checks.
func newChecks() *cobra.Command {
	var format, area, profileName string
	cmd := &cobra.Command{
		Use:   "checks",
		Short: "List the checks",
		Example: `  smartcheck checks --area token
  smartcheck checks --profile onc-g10
  smartcheck checks --format json | jq -r '.[].id'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known := reference.Everything()
			if err := knownArea(known, area); err != nil {
				return err
			}
			list, err := inProfile(known.Catalogue(area), profileName)
			if err != nil {
				return err
			}
			return inFormat(cmd.OutOrStdout(), format, list, func(w io.Writer) error { return printChecks(w, list) })
		},
	}
	catalogueFlags(cmd, &format, &area)
	cmd.Flags().StringVar(&profileName, "profile", "", "only the checks of this profile, with its levels: a name that smartcheck profiles lists, or a file")
	return cmd
}

// inProfile returns those of the checks that a profile selects, with the levels that it gives them, or all of
// them where none is named.
func inProfile(list []reference.Check, name string) ([]reference.Check, error) {
	if name == "" {
		return list, nil
	}
	p, err := profile.Load(name)
	if err != nil {
		return nil, fail(2, "--profile: %w", err)
	}
	selected, err := p.Select(checks.All())
	if err != nil {
		return nil, fail(2, "--profile %s: %w", name, err)
	}
	ids, levels := idsOf(selected), p.Adjustments().Levels
	out := []reference.Check{}
	for _, c := range list {
		if !slices.Contains(ids, c.ID) {
			continue
		}
		if adjusted, ok := levels[c.ID]; ok {
			c.Level = adjusted.Level
		}
		out = append(out, c)
	}
	return out, nil
}

func printChecks(w io.Writer, list []reference.Check) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CHECK\tLEVEL\tFAULTS\tTITLE")
	for _, c := range list {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", c.ID, c.Level, len(c.Faults), c.Title)
	}
	return table.Flush()
}

// catalogueFlags adds the flags that checks and requirements share.
func catalogueFlags(cmd *cobra.Command, format, area *string) {
	cmd.Flags().StringVar(format, "format", "table", "`table` for people or json for machines")
	cmd.Flags().StringVar(area, "area", "", "only this `area`, such as token")
}

// inFormat writes value as JSON, or calls table.
func inFormat(w io.Writer, format string, value any, table func(io.Writer) error) error {
	switch format {
	case "table":
		return table(w)
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	default:
		return fail(2, "--format %q is not known: use table or json", format)
	}
}

// knownArea refuses an area that has neither checks nor requirements.
func knownArea(known reference.Reference, area string) error {
	if area == "" {
		return nil
	}
	for _, name := range known.Areas() {
		if name == area {
			return nil
		}
	}
	if nearest := reference.Nearest(area, known.Areas()); nearest != "" {
		return fail(2, "--area %q is not known: did you mean %s?", area, nearest)
	}
	return fail(2, "--area %q is not known: use one of %v", area, known.Areas())
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fail(2, "%s takes no argument, got %q", cmd.CommandPath(), args[0])
	}
	return nil
}
