// Package chart holds the Helm chart to DEPLOY's decisions without a cluster: it renders the chart with helm itself and
// looks at what comes out. Where helm can't be had the tests are skipped, and say so.
package chart

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oasdiff/yaml3"

	"github.com/watchword/watchword/tests/kit"
)

const (
	helmVersion = "v3.22.0"
	// kubeVersion is what the chart is rendered for.
	kubeVersion = "1.34.0"
	release     = "w"
	namespace   = "accounts"
	// fullname is what names of objects begin with.
	fullname = "w-watchword"
)

// object is one rendered object of Kubernetes.
type object map[string]any

// rendered is what one rendering gave.
type rendered []object

// helmProgram is the one in .cache, where it is built first if WATCHWORD_CHART is set, as that takes minutes; WATCHWORD_HELM
// names another.
var helmProgram = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("WATCHWORD_HELM"); path != "" {
		return path, nil
	}
	root, err := kit.Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".cache", "helm-"+helmVersion)
	path := filepath.Join(dir, "helm")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if os.Getenv("WATCHWORD_CHART") == "" {
		return "", errors.New("make test-chart builds it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute) // a cold build takes minutes
	defer cancel()
	build := exec.CommandContext(ctx, "go", "install", "helm.sh/helm/v3/cmd/helm@"+helmVersion)
	build.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// chartDir is the chart's folder.
func chartDir(t *testing.T) string {
	t.Helper()
	return filepath.Join(repository(t), "helm", "watchword")
}

func repository(t *testing.T) string {
	t.Helper()
	root, err := kit.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// helm runs helm, and gives what it said on both streams.
func helm(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	program, err := helmProgram()
	if err != nil {
		t.Skipf("NOT RUN: there is no helm %s here, so nothing is shown of the chart: %v", helmVersion, err)
	}
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), said.String(), err
}

// template renders the chart; args are helm's.
func template(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return helm(t, append([]string{"template", release, chartDir(t), "--namespace", namespace, "--kube-version", kubeVersion}, args...)...)
}

// render is a rendering that must succeed.
func render(t *testing.T, args ...string) rendered {
	t.Helper()
	out, said, err := template(t, args...)
	if err != nil {
		t.Fatalf("helm template %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return parse(t, out)
}

// renderFile renders with one file of helm/watchword/ci.
func renderFile(t *testing.T, name string, args ...string) rendered {
	t.Helper()
	return render(t, append([]string{"-f", filepath.Join(chartDir(t), "ci", name+"-values.yaml")}, args...)...)
}

func parse(t *testing.T, text string) rendered {
	t.Helper()
	var out rendered
	documents := yaml.NewDecoder(strings.NewReader(text))
	for {
		var o map[string]any
		err := documents.Decode(&o)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if o != nil {
			out = append(out, o)
		}
	}
}

// valueFiles are the chart's example values, by name: those of ci and the production ones.
func valueFiles(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(chartDir(t), "ci", "*-values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"production": filepath.Join(chartDir(t), "values-production.yaml")}
	for _, path := range paths {
		files[strings.TrimSuffix(filepath.Base(path), "-values.yaml")] = path
	}
	return files
}
