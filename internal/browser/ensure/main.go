// Command ensure installs a headless Chromium when the machine has none. It exits 2, and says what to
// install, when it cannot.
package main

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

func main() {
	if _, err := browser.Find(); err == nil {
		return
	}
	if os.Geteuid() == 0 {
		if apt, err := exec.LookPath("apt-get"); err == nil {
			install(apt)
		}
	}
	if _, err := browser.Find(); err != nil {
		fmt.Fprintln(os.Stderr, "smartcheck:", err)
		os.Exit(2)
	}
}

// install installs Debian's headless Chromium. What goes wrong is shown, and found again by the caller.
func install(apt string) {
	for _, args := range [][]string{
		{"update", "-qq"},
		{"install", "-y", "-qq", "--no-install-recommends", "chromium-headless-shell"},
	} {
		fmt.Fprintln(os.Stderr, "smartcheck: apt-get", args)
		cmd := exec.Command(apt, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Fprintf(os.Stderr, "smartcheck: apt-get %s: %v\n", args[0], err)
			return
		}
	}
}
