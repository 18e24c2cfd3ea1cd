package main

import (
	"runtime/debug"

	"github.com/smart-conformance/smartcheck/reporters"
)

// version is that of a release. The build sets it: -ldflags "-X main.version=1.2.3".
var version string

// tool names this program and its version, as the build knows it.
func tool() reporters.Tool {
	t := reporters.Tool{Name: "smartcheck", Version: "unknown"}
	if version != "" {
		t.Version = version
		return t
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	t.Version = info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && (t.Version == "" || t.Version == "(devel)") {
			t.Version = setting.Value[:min(12, len(setting.Value))]
		}
	}
	return t
}
