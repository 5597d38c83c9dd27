package park

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// rawPlace is the kind's own keys of an item of places.
type rawPlace struct {
	Kind     Kind      `yaml:"kind"`
	State    State     `yaml:"state"`
	County   string    `yaml:"county"`
	Counties []string  `yaml:"counties"`
	Country  string    `yaml:"country"`
	Layout   string    `yaml:"layout"`
	Industry pack.Text `yaml:"industry"`
	Services []string  `yaml:"services"`
	Parent   string    `yaml:"parent"`
	At       *struct {
		Lat string `yaml:"lat"`
		Lon string `yaml:"lon"`
	} `yaml:"at"`
	AtMark string    `yaml:"at_mark"`
	Note   pack.Text `yaml:"note"`
}

func placeOf(i *pack.Item) (*Place, error) {
	var r rawPlace
	if err := i.Decode(&r); err != nil {
		return nil, err
	}
	p := &Place{ID: i.ID, Kind: r.Kind, State: r.State, Title: i.Title, County: r.County, Counties: r.Counties, Country: r.Country, Layout: r.Layout, Industry: r.Industry,
		Services: r.Services, Parent: r.Parent, Note: r.Note, Source: i.Source.String(), Mark: markName(i.Mark)}
	if r.At != nil {
		var err error
		if p.At, err = ParsePoint(r.At.Lat, r.At.Lon); err != nil {
			return nil, err
		}
	}
	return p, p.check()
}

func markName(m pack.Mark) string {
	for name, v := range marks {
		if v == m {
			return name
		}
	}
	return ""
}

// ParsePoint reads degrees with at most six decimals; two empty texts are none.
func ParsePoint(lat, lon string) (Point, error) {
	lat, lon = strings.TrimSpace(lat), strings.TrimSpace(lon)
	if lat == "" && lon == "" {
		return Point{}, nil
	}
	a, errA := degrees(lat)
	o, errO := degrees(lon)
	if errA != nil || errO != nil {
		return Point{}, wrong("lat", "坐标有误", "the coordinates are not in order", "以度填写，最多六位小数，例如 35.303 与 113.927", "write degrees with at most six decimals, such as 35.303 and 113.927")
	}
	return Point{Lat: a, Lon: o}, nil
}

// degrees reads decimal degrees as millionths.
func degrees(s string) (int64, error) {
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 6 || whole == "" || whole == "-" || strings.HasPrefix(part, "-") || strings.HasPrefix(part, "+") {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 6-len(part)), 10, 64)
	if err == nil && (n > 180e6 || n < -180e6) {
		err = strconv.ErrRange
	}
	return n, err
}

// placeFaults are the faults of the places that packs bring.
func placeFaults(set *pack.Set) (out pack.Faults) {
	for _, i := range set.Items(PlaceKind) {
		if _, err := placeOf(i); err != nil {
			out = append(out, i.Fault(pack.Text{ZH: "场所有误：" + err.Error(), EN: "the place is not in order: " + err.Error()}, pack.Text{ZH: "按模式改正", EN: "mend it by the schema"}))
		}
	}
	return out
}

// Seed enters the places of the set in force that the register does not have yet;
// those that are there stay as offices and operators keep them. It is done once a
// set.
func (s *Service) Seed(ctx context.Context) error {
	set := s.Rules()
	if s.seeded.Load() == set {
		return nil
	}
	var list []*Place
	for _, i := range set.ItemsOn(PlaceKind, s.Today()) {
		p, err := placeOf(i)
		if err != nil {
			return err
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *Place) int { return strings.Compare(a.ID, b.ID) })
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, p := range list {
			_, err := placeIn(ctx, tx, p.ID)
			if errors.Is(err, ErrNotFound) {
				fresh := *p
				err = s.save(ctx, tx, &fresh, "seed", p.Source)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.seeded.Store(set)
	}
	return err
}

// Texts are latitude and longitude in degrees.
func (p Point) Texts() (lat, lon string) { return degreesText(p.Lat), degreesText(p.Lon) }

// degreesText writes millionths of a degree as decimal degrees.
func degreesText(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	part := strings.TrimRight(fmt.Sprintf("%06d", n%1_000_000), "0")
	if part == "" {
		return sign + strconv.FormatInt(n/1_000_000, 10)
	}
	return sign + strconv.FormatInt(n/1_000_000, 10) + "." + part
}
