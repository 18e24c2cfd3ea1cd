package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/internal/profile"
)

// newProfiles makes the command that lists the profiles.
func newProfiles() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "profiles",
		Short: "List the built-in profiles",
		Example: `  smartcheck profiles
  smartcheck profiles show onc-g10
  smartcheck run --profile onc-g10`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := profile.All()
			if err != nil {
				return err
			}
			var list []profile.Outline
			for _, p := range all {
				list = append(list, p.Outline())
			}
			return inFormat(cmd.OutOrStdout(), format, list, func(w io.Writer) error { return printProfiles(w, list) })
		},
	}
	cmd.PersistentFlags().StringVar(&format, "format", "table", "`table` for people or json for machines")
	cmd.AddCommand(newProfilesShow(&format))
	return cmd
}

func newProfilesShow(format *string) *cobra.Command {
	return &cobra.Command{
		Use:   "show PROFILE",
		Short: "Show the lines of a profile, with the clauses that they follow",
		Long: `Shows what a profile asks for, line by line: a built-in one by its name, or one in a file. It is also
the way to check a profile that you write.`,
		Example: `  smartcheck profiles show onc-g10
  smartcheck profiles show ./hospital.yaml --format json`,
		Args: oneProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := profile.Load(args[0])
			if err != nil {
				return fail(2, "%w", err)
			}
			detail := p.Detail()
			return inFormat(cmd.OutOrStdout(), *format, detail, func(w io.Writer) error { return printProfile(w, detail) })
		},
	}
}

func oneProfile(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fail(2, "%s takes one profile, a name that smartcheck profiles lists or a file, got %d", cmd.CommandPath(), len(args))
	}
	return nil
}

func printProfiles(w io.Writer, list []profile.Outline) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROFILE\tSMART\tCHECKS\tTITLE\tSOURCE")
	for _, p := range list {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", p.ID, joined(p.Versions), p.Checks, p.Title, p.Source)
	}
	return table.Flush()
}

func joined[T ~string](words []T) string {
	var out []string
	for _, word := range words {
		out = append(out, string(word))
	}
	return strings.Join(out, ", ")
}

func printProfile(w io.Writer, p profile.Detail) error {
	fmt.Fprintf(w, "%s\n%s\n%s\nSMART App Launch %s, %d checks\n", p.ID, p.Title, p.Source, joined(p.Versions), len(p.Selected))
	if p.About != "" {
		fmt.Fprintf(w, "\n%s\n", p.About)
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHAT\tLEVEL\tCHECKS\tCITE")
	for _, s := range p.Sets {
		fmt.Fprintf(table, "%s\tmandatory\t\t%s\n", s.InWords(), s.Cite)
	}
	for _, l := range p.Lines {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", l.What, l.LevelInWords(), len(l.Selects), l.Cite)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, l := range p.Without {
		fmt.Fprintf(w, "\nwithout %s: %s\n  %s\n", l.What, l.Reason, l.Cite)
	}
	for _, u := range p.Uncovered {
		fmt.Fprintf(w, "\nnot judged: %s\n  %s\n  %s\n", u.Demand, u.Reason, u.Cite)
	}
	return nil
}
