package demo

import (
	"context"
	"fmt"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/directory"
)

// shownBrands are brands of the demonstration: sellers by their number, none of
// those that claim, so that no figure of theirs changes.
var shownBrands = []struct {
	seller          int
	name, goods     string
	category, grade string
	turnover        [2]string // of the year before last and of the last
	ends            int       // days until the trademark ends
}{
	{7, "演示·云栖户外", "帐篷、睡袋、登山杖", "outdoor", "provincial", [2]string{"42000000.00", "56000000.00"}, 25},
	{8, "演示·锦织家居", "酒店布草、浴袍", "home", "municipal", [2]string{"21000000.00", "28000000.00"}, 400},
	{9, "演示·匠手五金", "手动工具、五金配件", "hardware", "", [2]string{"3000000.00", "3600000.00"}, 80},
}

// directories puts something into the registers of things. All of it is made up
// and says so.
func (d *Demo) directories(ctx context.Context) error {
	office := access.With(ctx, access.System())
	sellers := d.gen.Zone().With(traffic.Merchant)
	for _, v := range shownBrands {
		if err := d.brand(office, sellers[v.seller%len(sellers)].Code, v.name, v.goods, v.category, v.grade, v.turnover, v.ends); err != nil {
			return err
		}
	}
	if err := d.training(office, sellers[8%len(sellers)].Code); err != nil {
		return err
	}
	_, err := d.enter(office, "market-measures", "", map[string]any{"headline": "演示：纺织品标签须标明纤维成分（非真实措施）", "country": "502", "kind": "label", "text": "演示用条目，展示按目的地与商品提醒企业的做法，不是真实规定。",
		"applies_from": d.Day.AddDays(60).String(), "source_name": "演示资料，非真实来源", "source_day": d.today().String()})
	if err != nil {
		return err
	}
	if _, err = d.enter(office, "associations", "", map[string]any{"name": "演示·跨境电子商务协会", "level": "city", "scope": "行业自律、交流培训与纠纷调解", "conduct": "诚信经营；不卖假冒商品；如实申报；妥善处理消费者投诉。", "mediates": true}); err != nil {
		return err
	}
	return d.innovation(office)
}

// enter publishes one entry and returns its id.
func (d *Demo) enter(office context.Context, dir, owner string, fields map[string]any) (string, error) {
	e, err := d.Zone.Directory.Put(office, directory.Entering{Directory: dir, Owner: owner, Fields: fields, Submit: true})
	if err != nil {
		return "", fmt.Errorf("entry of %s (名录条目): %w", dir, err)
	}
	return e.ID, nil
}

func (d *Demo) brand(office context.Context, owner, name, goods, category, grade string, turnover [2]string, ends int) error {
	fields := map[string]any{"name": name, "category": category, "goods": goods, "story": "演示品牌，非真实品牌。"}
	if grade != "" {
		fields["grade"], fields["recognised_on"] = grade, d.today().String()
	}
	id, err := d.enter(office, "brands", owner, fields)
	if err != nil {
		return err
	}
	for i, country := range []string{"502", "304", "303"} {
		if i > 0 && grade == "" {
			break
		}
		mark := map[string]any{"brand": id, "mark_text": name, "country": country, "classes": "22,25", "number": fmt.Sprintf("DEMO-%s-%s", country, owner), "registered_on": d.Day.AddDays(-3000).String(), "expires": d.today().AddDays(ends + 500*i).String()}
		if _, err := d.enter(office, "trademarks", owner, mark); err != nil {
			return err
		}
	}
	certificate := map[string]any{"brand": id, "standard": "OEKO-TEX（演示）", "product": goods, "country": "304", "number": "DEMO-" + owner, "body": "演示发证机构", "issued_on": d.Day.AddDays(-200).String(), "expires": d.Day.AddDays(165).String()}
	if _, err := d.enter(office, "product-certificates", owner, certificate); err != nil {
		return err
	}
	for i, amount := range turnover {
		if _, err := d.enter(office, "brand-turnovers", owner, map[string]any{"brand": id, "year": float64(d.Day.Year() - 2 + i), "turnover": amount, "abroad_share": 80.0}); err != nil {
			return err
		}
	}
	return nil
}

// training is a base with a course and a certificate that verifies.
func (d *Demo) training(office context.Context, owner string) error {
	for _, v := range []struct {
		dir    string
		fields map[string]any
	}{
		{"training-bases", map[string]any{"name": "演示·产教融合培训基地", "kind": "enterprise", "subjects": "平台运营、跨境直播、越南语", "capacity": 300.0}},
		{"courses", map[string]any{"name": "跨境电商＋越南语", "subject": "language", "language": "vi", "way": "both", "hours": 64.0, "starts": d.Day.AddDays(10).String(), "ends": d.Day.AddDays(70).String(), "content": "商务越南语、商品描述、客服与直播话术。"}},
		{"training-certificates", map[string]any{"holder": "李示例", "course": "跨境电商＋越南语", "level": "completed", "hours": 64.0, "issued_on": d.Day.AddDays(-30).String()}},
	} {
		if _, err := d.enter(office, v.dir, owner, v.fields); err != nil {
			return err
		}
	}
	return nil
}

// innovation is one that was tried, measured and taken over.
func (d *Demo) innovation(office context.Context) error {
	id, err := d.enter(office, "innovations", "", map[string]any{"headline": "演示：出口拼箱先查验后装运", "topic": "customs", "place": "演示监管场所", "text": "拼箱货物在入箱前分票查验，放行后再装箱，减少整箱等待。", "stage": "replicating", "trial_from": d.Day.AddDays(-240).String()})
	if err != nil {
		return err
	}
	if _, err := d.enter(office, "innovation-effects", "", map[string]any{"innovation": id, "figure": "拼箱货物平均放行时长", "unit": "小时", "before": "31.5", "after": "9.2", "as_of": d.Day.AddDays(-60).String(), "origin": "演示数据"}); err != nil {
		return err
	}
	_, err = d.enter(office, "innovation-replications", "", map[string]any{"innovation": id, "place": "演示复制推广地区", "since": d.Day.AddDays(-30).String()})
	return err
}
