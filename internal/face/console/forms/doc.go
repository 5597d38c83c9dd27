// Package forms shows forms of package form (表单) as parts of pages: fields to
// fill in, what is wrong with them, and what stands in them.
//
//	@forms.Fields(forms.Filled{Form: &d.Form, Values: values, Problems: problems})
//
// The page reads what was sent by form.Form.FromValues(r.PostForm) and asks
// form.Form.Check what is wrong. A field is found on the page by its name, so a
// fault can lead to it.
//
// Invariants: every field has a label, a hint where the definition has one, and
// its fault beside it; it works without scripts; words come from the definition
// in both languages, and what people wrote is set apart as data.
package forms
