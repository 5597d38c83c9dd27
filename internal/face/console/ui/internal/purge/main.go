// Command purge keeps of Tabler's style sheet the rules whose classes the pages
// use, so that a first page stays small. It reads the sheet as released
// (css/tabler.min.css) and every template, Go file and script below the console,
// and writes static/tabler.css. Run it by `go generate ./internal/face/console/ui`.
package main

import (
	"flag"
	"log"
	"os"

	"pilotzone/internal/face/console/ui/internal/sheet"
)

func main() {
	from := flag.String("from", "css/tabler.min.css", "style sheet as released")
	pages := flag.String("pages", "..", "folder of the pages")
	to := flag.String("to", "static/tabler.css", "style sheet to write")
	flag.Parse()
	css, err := os.ReadFile(*from)
	if err != nil {
		log.Fatal(err)
	}
	words, err := sheet.Words(os.DirFS(*pages))
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*to, []byte(sheet.Purge(string(css), words)), 0o644); err != nil {
		log.Fatal(err)
	}
}
