package browser

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// ErrNoDisplay says that there is nothing to show a window on.
var ErrNoDisplay = errors.New("there is no display to show the browser on")

// Display returns ErrNoDisplay when no window can be shown: on systems with X11 or Wayland, when no
// variable names a display.
func Display() error {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" {
		return nil
	}
	return fmt.Errorf("%w: neither DISPLAY nor WAYLAND_DISPLAY is set; run it on a desktop, or under xvfb-run to see no window at all", ErrNoDisplay)
}

// FindHeaded is Find for a browser that can show a window, which a headless shell cannot.
func FindHeaded() (string, error) {
	isShell := func(path string) bool { return strings.Contains(filepath.Base(path), "headless") }
	if named := os.Getenv(ExecutableVariable); named != "" {
		path, err := Find()
		if err == nil && isShell(path) {
			err = fmt.Errorf("%w: %s names %s, which shows no window; name a Chromium or Chrome", ErrNoChromium, ExecutableVariable, path)
		}
		return path, err
	}
	candidates := slices.DeleteFunc(slices.Clone(commands), isShell)
	if runtime.GOOS == "darwin" {
		candidates = append(candidates, macPaths...)
	}
	for _, candidate := range candidates {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w that shows a window on the PATH; install Chromium or Chrome, or set %s to its path", ErrNoChromium, ExecutableVariable)
}
