package main

import (
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/internal/discovery"
	"github.com/smart-conformance/smartcheck/reporters"
)

func newBrands() *cobra.Command {
	var flags documentFlags
	var brands []string
	cmd := &cobra.Command{
		Use:   "brands URL|FILE|- ...",
		Short: "Validate User-access Brand Bundles, without credentials and without a browser",
		Long: `Reads a User-access Brand Bundle and judges it by SMART App Launch 2.2.0: its profiles, how its brands,
portals and endpoints hang together, how it is served, and some of the logos that it links. A URL is that
of a bundle, or a FHIR base URL whose SMART configuration leads to one. Saved bundles are judged too; - is
standard input. What only a live server can show is then skipped.
Exits with 0 when everything conforms, 1 when something does not, 2 when the command was used wrongly and
3 when something could not be judged.`,
		Example: `  smartcheck brands https://ehr.example/brands.json
  smartcheck brands https://ehr.example/fhir
  curl -s https://ehr.example/brands.json | smartcheck brands -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(2, "brands needs a URL or a saved bundle, such as smartcheck brands https://ehr.example/brands.json")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runBrands(cmd, args, brands, flags) },
	}
	cmd.Flags().StringArrayVar(&brands, "brand", nil, "a `brand` that the linked bundle may hold, by the value of an identifier or by name; may be repeated")
	flags.add(cmd, 2, time.Minute) // bundles of national publishers are large
	return cmd
}

func runBrands(cmd *cobra.Command, args, brands []string, flags documentFlags) error {
	options, err := flags.options(checks.V2_2_0)
	if err != nil {
		return err
	}
	var addresses []string
	var saved []reporters.Results
	for _, arg := range args {
		if strings.Contains(arg, "://") {
			if u, err := url.Parse(arg); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
				return fail(2, "%.200q is no web address; write it like https://ehr.example/brands.json", arg)
			}
			addresses = append(addresses, arg)
			continue
		}
		one, err := judgeSavedBrands(cmd.InOrStdin(), arg, options)
		if err != nil {
			return fail(2, "%w (a URL begins with https://)", err)
		}
		saved = append(saved, one)
	}
	options.Done = progressOf(cmd.ErrOrStderr(), len(addresses))
	results, err := discovery.Brands(cmd.Context(), addresses, brands, options)
	if err != nil {
		return fail(2, "%w", err)
	}
	return flags.report(cmd, append(results, saved...))
}

func judgeSavedBrands(stdin io.Reader, name string, o discovery.Options) (reporters.Results, error) {
	if name == "-" {
		return discovery.JudgeSavedBrands("standard input", stdin, o)
	}
	file, err := os.Open(name)
	if err != nil {
		return reporters.Results{}, err
	}
	defer file.Close()
	return discovery.JudgeSavedBrands(name, file, o)
}
