package facetest_test

import (
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/directory"
)

// directories makes an entry of the owner's that is not published.
func (w *world) directories() {
	w.t.Helper()
	e, err := w.zone.Directory.Put(access.With(w.t.Context(), w.callers[owner]), directory.Entering{Directory: "training-bases",
		Fields: map[string]any{"name": "业主的基地草稿", "kind": "enterprise", "subjects": "平台运营"}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids["entry"], w.marks["entry"], w.named["directory"] = e.ID, "业主的基地草稿", e.Directory
}
