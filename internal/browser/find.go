package browser

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// ExecutableVariable names the environment variable that says which Chromium to run.
const ExecutableVariable = "SMARTCHECK_CHROMIUM"

// ErrNoChromium says that no Chromium or Chrome is installed.
var ErrNoChromium = errors.New("no Chromium found")

// commands are looked up on the PATH, in order of preference: the headless shell starts fastest.
var commands = []string{
	"chromium-headless-shell", "chrome-headless-shell", "headless_shell", "headless-shell",
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
}

var macPaths = []string{
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
	"/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
}

// Find returns the path of the Chromium to run: the one that SMARTCHECK_CHROMIUM names, else the first
// of the usual names. The error says what to install.
func Find() (string, error) {
	if named := os.Getenv(ExecutableVariable); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("run the browser that %s names: %w; correct the variable, or unset it to use an installed one",
				ExecutableVariable, err)
		}
		return path, nil
	}
	candidates := commands
	if runtime.GOOS == "darwin" {
		candidates = append(candidates[:len(candidates):len(candidates)], macPaths...)
	}
	for _, candidate := range candidates {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w on the PATH; install one (%s) or set %s to its path",
		ErrNoChromium, installation(runtime.GOOS), ExecutableVariable)
}

func installation(goos string) string {
	switch goos {
	case "darwin":
		return "brew install --cask chromium"
	case "windows":
		return "winget install Google.Chrome"
	default:
		return "apt-get install chromium-headless-shell"
	}
}
