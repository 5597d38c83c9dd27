package htmlcheck_test

import (
	"slices"
	"strings"
	"testing"

	"pilotzone/test/browser/htmlcheck"
)

func TestForeignTextIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page string
		want int
	}{
		{`<html lang="en"><p>parcels</p>`, 0},
		{`<html lang="en"><p>包裹</p>`, 1},
		{`<html lang="en"><p title="包裹">parcels</p>`, 1},
		{`<html lang="en"><p><span lang="zh">张三的店</span></p>`, 0},
		{`<html lang="en"><code>包裹</code>`, 0},
		{`<html lang="zh-CN"><p>包裹 CEB621 放行</p>`, 0},
		{`<html lang="zh-CN"><p>Nothing is here yet</p>`, 1},
		{`<html lang="zh-CN"><span lang="en">Nothing is here yet</span>`, 0},
	} {
		p, err := htmlcheck.Read(strings.NewReader(c.page))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Foreign(); len(got) != c.want {
			t.Errorf("%s: %q", c.page, got)
		}
	}
}

func TestForbiddenIsFound(t *testing.T) {
	t.Parallel()
	p, err := htmlcheck.Read(strings.NewReader(`<h1>a</h1><h1>b</h1><p style="x" onclick="y"><img src="a"><input name="n"><label>l <input name="m"></label><script>z</script>`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"<p style>", "<p onclick>", "<img> without alt", "field n without label", "inline <script>", "2 headings h1"}
	if got := p.Forbidden(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
