package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Bounds on what a pack may hold, so that a hostile archive costs nothing. The
// national pack has a twentieth of it.
const (
	mostFiles = 1000
	mostBytes = 64 << 20
)

// matterFolder holds definitions of matters, which kernel/matter reads.
const matterFolder = "matters"

// folders are the folders that a pack may have.
var folders = append([]string{"tables", matterFolder}, kinds...)

// fileName are the files that a pack may have: pack.yaml, parameters.yaml,
// tables.yaml, tables/*.csv, KIND/*.yaml, matters/*.yaml and, for people,
// README.md. Anything else is a fault, so that a misspelt name cannot pass
// unnoticed.
var fileName = regexp.MustCompile(`^(pack\.yaml|parameters\.yaml|tables\.yaml|README\.md|tables/[a-z][a-z0-9_]{1,63}\.csv|(` +
	strings.Join(append([]string{matterFolder}, kinds...), "|") + `)/[a-z][a-z0-9-]{1,63}\.yaml)$`)

// LoadDir reads the pack in a folder. The error is [Faults] when the pack was
// read but is not in order.
func LoadDir(folder string) (*Pack, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return nil, fmt.Errorf("pack (规则包): %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("pack (规则包) %s: not a folder, name the folder that holds pack.yaml (不是文件夹，请给出含 pack.yaml 的文件夹)", folder)
	}
	return LoadFS(os.DirFS(folder), ".")
}

// LoadFS reads the pack in a folder of a file system, as [LoadDir] does:
// LoadFS(packs.Files, "national").
func LoadFS(fsys fs.FS, folder string) (*Pack, error) {
	sub, err := fs.Sub(fsys, folder)
	if err != nil {
		return nil, fmt.Errorf("pack (规则包): %w", err)
	}
	files := make(map[string][]byte)
	var odd Faults
	total := int64(0)
	err = fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "." || slices.Contains(folders, name)):
			return nil
		case !d.Type().IsRegular() || !fileName.MatchString(name):
			odd = append(odd, oddFile(name))
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if total += info.Size(); total > mostBytes || len(files) >= mostFiles {
			return errTooLarge
		}
		files[name], err = fs.ReadFile(sub, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pack (规则包) %s: %w", path.Clean(folder), err)
	}
	return build(files, odd, false)
}

// errTooLarge refuses a pack beyond the bounds.
var errTooLarge = errors.New("too large: at most 1000 files and 64 MiB, split the pack (过大：最多 1000 个文件、64 MiB，请拆分)")

func oddFile(name string) Fault {
	return Fault{File: name,
		What: Text{ZH: "规则包中不应有此文件", EN: "a pack does not have this file"},
		Mend: Text{ZH: "删除它；允许的文件：pack.yaml、parameters.yaml、tables.yaml、tables/*.csv、README.md、matters/*.yaml 及各类别文件夹（" + strings.Join(kinds, "、") + "）下的 *.yaml",
			EN: "remove it; allowed are pack.yaml, parameters.yaml, tables.yaml, tables/*.csv, README.md, matters/*.yaml and *.yaml in the folders of kinds (" + strings.Join(kinds, ", ") + ")"}}
}

// build makes a pack of its files, or reports all their faults and those
// already found. What was admitted before is not judged by the schemas of items
// again: see [UnmarshalSet].
func build(files map[string][]byte, found Faults, admitted bool) (*Pack, error) {
	p := &Pack{admitted: admitted, params: make(map[string]*Param), tables: make(map[string]*Table), items: make(map[string][]*Item), files: files, Hash: contentHash(files)}
	in := func(name string) faults { return faults{file: name, list: &found} }
	if head, ok := files["pack.yaml"]; ok {
		p.head(in("pack.yaml"), head)
	} else {
		in("pack.yaml").add(0, 0, Text{"缺少 pack.yaml", "pack.yaml is missing"}, Text{"补上该文件；它说明规则包的名称、版本与来源", "add it; it says the pack's name, version and sources"})
	}
	if body, ok := files["parameters.yaml"]; ok {
		p.parameters(in("parameters.yaml"), body)
	}
	if body, ok := files["tables.yaml"]; ok {
		p.readTables(in("tables.yaml"), body)
	}
	p.sheets(in)
	if len(found) == 0 { // a schema with a fault names its file in vain
		p.strays(in)
	}
	if len(found) > 0 {
		return nil, found.sorted()
	}
	return p, nil
}

// strays reports table files that no schema names; their rows would otherwise
// be ignored in silence.
func (p *Pack) strays(in func(string) faults) {
	named := make(map[string]bool)
	for _, t := range p.tables {
		named[t.File] = true
	}
	for name := range p.files {
		if path.Dir(name) == "tables" && !named[name] {
			in(name).add(0, 0, Text{"tables.yaml 未提到此表文件", "tables.yaml does not name this table"}, Text{"在 tables.yaml 中加上它，或删除文件", "add it to tables.yaml, or remove the file"})
		}
	}
}
