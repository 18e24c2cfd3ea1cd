package main

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"github.com/smart-conformance/smartcheck/reporters"
)

// offlineProgram names, in the environment of TestOfflineProgram, the program that it becomes.
const offlineProgram = "SMARTCHECK_TEST_OFFLINE_PROGRAM"

// TestJudgeComesToTheSameFindings gathers the evidence of a server with a defect, and judges it again where
// no socket can be opened: every report is the same, byte for byte.
func TestJudgeComesToTheSameFindings(t *testing.T) {
	g := NewWithT(t)
	bundle := filepath.Join(t.TempDir(), "evidence.zip")
	run := runs(t, nil, "demo", "--fault", "code-reusable", "--profile", "smart-2.2.0", "--evidence", bundle,
		"--suite", "token", "--suite", "discovery", "--suite", "openid", "--suite", "capabilities")
	g.Expect(run.code()).To(Equal(1), "%s", &run.out)

	reports := filepath.Join(t.TempDir(), "reports")
	judged := offline(t, "judge", bundle, "--reports", reports)
	g.Expect(judged.code()).To(Equal(1), "%s", &judged.errors)
	g.Expect(judged.errors.String()).To(BeEmpty())
	for _, f := range reporters.Formats() {
		before, err := os.ReadFile(filepath.Join(run.reports, f.File))
		g.Expect(err).NotTo(HaveOccurred())
		after, err := os.ReadFile(filepath.Join(reports, f.File))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(after) == string(before)).To(BeTrue(), "%s differs", f.File)
	}
}

// TestNoSocketOffline shows that the guard of the test above keeps the program from the network.
func TestNoSocketOffline(t *testing.T) {
	g := NewWithT(t)
	p := offline(t, "discover", "https://192.0.2.1/fhir", "--timeout", "3s", "--verbose")
	g.Expect(p.code()).To(Equal(3))
	g.Expect(p.out.String()).To(ContainSubstring("operation not permitted"))
}

// offline runs the program where the kernel refuses every socket.
func offline(t *testing.T, args ...string) *process {
	t.Helper()
	p := command(t, nil, args...)
	p.Env = append(p.Env, offlineProgram+"="+p.Path)
	this, err := os.Executable()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	p.Cmd.Path = this
	p.Cmd.Args = append([]string{this, "-test.run=^TestOfflineProgram$", "--"}, args...)
	p.start()
	p.wait()
	return p
}

// TestOfflineProgram is no test: started by one, it becomes the program that offline runs.
func TestOfflineProgram(t *testing.T) {
	path := os.Getenv(offlineProgram)
	if path == "" {
		t.Skip("nothing is to be run offline")
	}
	runtime.LockOSThread()
	if err := refuseSockets(); err != nil {
		t.Fatal(err)
	}
	for i, arg := range os.Args {
		if arg == "--" {
			t.Fatal(syscall.Exec(path, append([]string{path}, os.Args[i+1:]...), os.Environ()))
		}
	}
}

// refuseSockets makes socket(2) fail with EPERM in this thread and in what it executes.
func refuseSockets() error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.SYS_SOCKET},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}
