package api

import "strings"

// invalid are the words of what is wrong with a field of a request, by how the
// library's message begins; its last word, a bound or a list that the document
// names, stands in the place of {}. Longer beginnings come first.
var invalid = []struct{ begin, zh, fixZH, fixEN string }{
	{"expected required property ", "缺少必填项 {}", "补上该项", "add it"},
	{"required ", "缺少必填参数", "补上该参数", "add it"},
	{"request body is required", "缺少请求体", "按接口文档填写请求体", "send a body"},
	{"unexpected property", "没有这一项", "核对名称，或删除该项", "check the name, or leave it out"},
	{"unknown query parameter", "没有这一参数", "核对名称，或删除该参数", "check the name, or leave it out"},
	{"unknown content type", "请求体的类型不适用", "按接口文档设置 Content-Type", "set Content-Type as /docs says"},
	{"expected value to be one of ", "取值须为其中之一：{}", "改为列出的取值", "use one of these"},
	{"expected at most one value", "参数只能出现一次", "只保留一个", "give it once"},
	{"expected number >= ", "数值须不小于 {}", "改正数值", "correct the number"},
	{"expected number <= ", "数值须不大于 {}", "改正数值", "correct the number"},
	{"expected number > ", "数值须大于 {}", "改正数值", "correct the number"},
	{"expected number < ", "数值须小于 {}", "改正数值", "correct the number"},
	{"expected length >= ", "长度须不少于 {}", "补足内容", "write more"},
	{"expected length <= ", "长度须不超过 {}", "缩短内容", "shorten it"},
	{"expected array length >= ", "须不少于 {} 项", "补足各项", "add entries"},
	{"expected array length <= ", "须不超过 {} 项", "减少各项，或分次提交", "send fewer at a time"},
	{"invalid integer", "须为整数", "改正类型", "correct the type"},
	{"invalid boolean", "须为 true 或 false", "改正类型", "correct the type"},
	{"expected boolean", "须为 true 或 false", "改正类型", "correct the type"},
	{"expected integer", "须为整数", "改正类型", "correct the type"},
	{"expected number", "须为数字", "改正类型", "correct the type"},
	{"expected string to match pattern", "格式不符", "按接口文档的格式填写", "write it in the form that /docs shows"},
	{"expected string to be", "格式不符", "按接口文档的格式填写", "write it in the form that /docs shows"},
	{"expected string", "须为文字", "用引号括起", "put it in quotes"},
	{"expected array", "须为列表", "改正类型", "correct the type"},
	{"expected object", "须为对象", "改正类型", "correct the type"},
}

// invalidItem puts a fault that the library found in a request into words.
func invalidItem(path, message string) ProblemItem {
	item := ProblemItem{Path: path, Message: message, MessageZH: "不符合接口文档", Fix: "see /docs for the form of the request", FixZH: "按接口文档 /docs 修改"}
	for _, v := range invalid {
		if rest, ok := strings.CutPrefix(message, v.begin); ok {
			rest = strings.Trim(strings.TrimSuffix(rest, " to be present"), `"`)
			item.MessageZH, item.FixZH, item.Fix = strings.ReplaceAll(v.zh, "{}", rest), v.fixZH, v.fixEN
			break
		}
	}
	return item
}
