// Command table writes tests/abuse/README.md from the checklist: go run ./tests/abuse/table, in the repository's top folder.
package main

import (
	"fmt"
	"os"

	"github.com/watchword/watchword/tests/abuse/checklist"
)

func main() {
	if err := os.WriteFile("tests/abuse/README.md", []byte(checklist.Render()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
