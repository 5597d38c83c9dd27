package pack

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/clock"
)

// The YAML files are read as node trees, not into structs: only so does every
// fault (unknown key, duplicate key, wrong kind, missing key) come with line
// and column, and none hides another. An unknown key is a fault, as with the
// decoder's KnownFields.

// mapping is one YAML mapping with the keys that it may have.
type mapping struct {
	faults
	node   *yaml.Node
	fields map[string]*yaml.Node
}

// yamlLine finds the line in the text of a YAML syntax error.
var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// document reads data as one YAML document whose root is a mapping with these
// keys; ok is false if there is no such root.
func (f faults) document(data []byte, keys ...string) (m mapping, ok bool) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var root yaml.Node
	if err := dec.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			f.add(1, 1, Text{"文件为空", "the file is empty"}, Text{"写入内容，或删除此文件", "fill it in, or remove the file"})
			return m, false
		}
		line, what := 1, err.Error()
		if at := yamlLine.FindStringSubmatch(what); at != nil {
			line, _ = strconv.Atoi(at[1])
			what = at[2]
		}
		f.addf(line, 0, Text{"不是合法的 YAML：%[1]s", "not YAML: %[1]s"},
			Text{"检查缩进、引号与冒号", "look at indentation, quotes and colons"}, what)
		return m, false
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		f.add(0, 0, Text{"含有多个 YAML 文档", "holds more than one YAML document"}, Text{"只保留一个文档（去掉 ---）", "keep one document (remove ---)"})
	}
	return f.mapping(root.Content[0], keys...)
}

// mapping opens node as a mapping that may have these keys.
func (f faults) mapping(node *yaml.Node, keys ...string) (m mapping, ok bool) {
	if node.Kind != yaml.MappingNode {
		f.add(node.Line, node.Column, Text{"此处应为键值表", "a mapping is expected here"}, Text{"写成 键: 值", "write key: value"})
		return m, false
	}
	m = mapping{faults: f, node: node, fields: make(map[string]*yaml.Node, len(node.Content)/2)}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case !slices.Contains(keys, key.Value):
			f.addf(key.Line, key.Column, Text{"未知的键 %[1]q", "unknown key %[1]q"},
				Text{"删除它，或改为其中之一：%[2]s", "remove it, or use one of: %[2]s"}, key.Value, strings.Join(keys, ", "))
		case m.fields[key.Value] != nil:
			f.addf(key.Line, key.Column, Text{"键 %[1]q 重复，首次出现在第 %[2]d 行", "key %[1]q is given twice, first on line %[2]d"},
				Text{"只保留一个", "keep one of them"}, key.Value, m.fields[key.Value].Line)
		case value.Kind == yaml.AliasNode:
			f.addf(value.Line, value.Column, Text{"不允许使用 YAML 别名", "YAML aliases are not allowed"}, Text{"把内容写全", "write the content out"})
		case value.Tag == "!!null":
			f.addf(key.Line, key.Column, Text{"键 %[1]q 没有值", "key %[1]q has no value"}, Text{"填写值，或删除该键", "give it a value, or remove the key"}, key.Value)
		default:
			m.fields[key.Value] = value
		}
	}
	return m, true
}

// at is the place of a key's value, or of the mapping if the key is missing.
func (m mapping) at(key string) (line, column int) {
	if n := m.fields[key]; n != nil {
		return n.Line, n.Column
	}
	return m.node.Line, m.node.Column
}

func (m mapping) has(key string) bool { return m.fields[key] != nil }

// missing reports that a key which must be there is not.
func (m mapping) missing(key string) {
	for i := 0; i+1 < len(m.node.Content); i += 2 {
		if m.node.Content[i].Value == key {
			return // it is there, and its fault is reported already
		}
	}
	m.addf(m.node.Line, m.node.Column, Text{"缺少键 %[1]q", "key %[1]q is missing"}, Text{"补上该键", "add it"}, key)
}

// text is the single value of a key, "" if it is missing (a fault if must).
func (m mapping) text(key string, must bool) string {
	n := m.fields[key]
	if n == nil {
		if must {
			m.missing(key)
		}
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		m.addf(n.Line, n.Column, Text{"键 %[1]q 应为单个值", "key %[1]q takes a single value"}, Text{"写成 %[1]s: 值", "write %[1]s: value"}, key)
		return ""
	}
	if must && strings.TrimSpace(n.Value) == "" {
		m.addf(n.Line, n.Column, Text{"键 %[1]q 的值为空", "key %[1]q is empty"}, Text{"填写值", "give it a value"}, key)
	}
	return n.Value
}

// match is text that must match a pattern.
func (m mapping) match(key string, must bool, pattern *regexp.Regexp) string {
	v := m.text(key, must)
	if v != "" && !pattern.MatchString(v) {
		line, column := m.at(key)
		m.addf(line, column, Text{"%[1]s 的值 %[2]q 形式不对", "%[1]s %[2]q has the wrong form"},
			Text{"应符合 %[3]s", "it must match %[3]s"}, key, v, pattern.String())
		return ""
	}
	return v
}

// both is a text in two languages: {zh: …, en: …}.
func (m mapping) both(key string, must bool) Text {
	n := m.fields[key]
	if n == nil {
		if must {
			m.missing(key)
		}
		return Text{}
	}
	t, ok := m.mapping(n, "zh", "en")
	if !ok {
		return Text{}
	}
	return Text{ZH: t.text("zh", true), EN: t.text("en", true)}
}

// yes is a true or false, false if missing.
func (m mapping) yes(key string) bool { return m.yesUnless(key, false) }

// yesUnless is a truth value, otherwise if the key is missing.
func (m mapping) yesUnless(key string, otherwise bool) bool {
	switch v := m.text(key, false); v {
	case "":
		return otherwise
	case "false":
		return false
	case "true":
		return true
	default:
		line, column := m.at(key)
		m.addf(line, column, Text{"%[1]s 的值 %[2]q 不是 true 或 false", "%[1]s %[2]q is neither true nor false"},
			Text{"写 true 或 false", "write true or false"}, key, v)
		return false
	}
}

// day is a date, 0 if missing.
func (m mapping) day(key string) clock.Day {
	v := m.text(key, false)
	if v == "" {
		return 0
	}
	d, err := parseDay(v)
	if err != nil {
		line, column := m.at(key)
		m.addf(line, column, Text{"%[1]s 的日期 %[2]q 不正确", "%[1]s %[2]q is not a date"},
			Text{"写成 2026-01-01 的形式，且日期须存在", "write it as 2026-01-01; the date must exist"}, key, v)
	}
	return d
}

// items are the elements of a list; none if the key is missing.
func (m mapping) items(key string, must bool) []*yaml.Node {
	n := m.fields[key]
	if n == nil {
		if must {
			m.missing(key)
		}
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		m.addf(n.Line, n.Column, Text{"键 %[1]q 应为列表", "key %[1]q takes a list"}, Text{"每项一行，以 - 开头", "one item a line, each beginning with -"}, key)
		return nil
	}
	return n.Content
}

// texts are the elements of a list of single values.
func (m mapping) texts(key string, must bool) []string {
	var out []string
	for _, n := range m.items(key, must) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			m.addf(n.Line, n.Column, Text{"%[1]s 的每一项应为单个值", "each item of %[1]s is a single value"}, Text{"写成 - 值", "write - value"}, key)
			continue
		}
		out = append(out, n.Value)
	}
	return out
}

// choose is the value of names[text]; a fault lists the names.
func choose[T any](m mapping, key string, must bool, names map[string]T) (v T) {
	text := m.text(key, must)
	if text == "" {
		return v
	}
	v, ok := names[text]
	if !ok {
		line, column := m.at(key)
		m.addf(line, column, Text{"%[1]s 的值 %[2]q 不认识", "%[1]s %[2]q is not known"},
			Text{"可用的值：%[3]s", "use one of: %[3]s"}, key, text, strings.Join(sortedKeys(names), ", "))
	}
	return v
}
