package api

import "pilotzone/internal/kernel/access"

// factExamples read figures, file evidence and declarations, and give a consent
// that is withdrawn again.
func factExamples() []Example {
	mine := map[string]string{"kind": "enterprise", "id": "${merchant}"}
	file := map[string]string{"id": "${declared}"}
	row := `{"declarations":[{"number":"461620260000000021","date":"2026-10-15","mode":"9710","country":"502","enterprise":"${merchant}","value":"128000.00","status":"closed"}]}`
	csv := "number,date,mode,country,enterprise,value,status\n461620260000000022,2026-10-16,9810,502,${merchant},64000.00,released\n"
	return []Example{
		{ID: "list-facts", As: access.Clerk, Status: 200},
		{ID: "file-evidence", As: access.Admin, Body: `{"kind":"enterprise","subject":"${merchant}","fact":"jobs_year","year":2025,"value":"86","document":"社会保险缴费证明 第2025-1180号"}`, Status: 200, Keep: map[string]string{"evidence": "id"}},
		{ID: "list-evidence", As: access.Clerk, Query: "kind=enterprise&subject=${merchant}", Status: 200},
		{ID: "file-declarations", As: access.Admin, Body: row, Status: 200},
		{ID: "upload-declarations", As: access.Clerk, Query: "name=declarations.csv", Type: octets, Body: csv, Status: 200, Keep: map[string]string{"declared": "id"}},
		{ID: "hand-in-declarations", As: access.Clerk, Path: file, Status: 200},
		{ID: "get-declaration-file", As: access.Commerce, Path: file, Status: 200},
		{ID: "list-declarations", As: access.Clerk, Query: "year=2026&limit=20", Status: 200},
		{ID: "withdraw-declarations", As: access.Clerk, Path: file, Status: 204},
		{ID: "set-county", As: access.Commerce, Path: map[string]string{"id": "${merchant}"}, Body: `{"county":"410702","from":"2026-01-01","note":"注册地"}`, Status: 204},
		{ID: "get-subject-figures", As: access.Clerk, Path: mine, Query: "year=2026", Status: 200},
		{ID: "get-subject-figures", As: access.Commerce, Path: mine, Query: "year=2026", Status: 200},
		{ID: "withdraw-evidence", As: access.Clerk, Path: map[string]string{"id": "${evidence}"}, Body: `{"reason":"数据有误，另行申报"}`, Status: 204},
		{ID: "give-consent", As: access.Manager, Body: `{"enterprise":"${merchant}","org":"${parkorg}","purpose":"园区年度统计","until":"2026-12-31"}`, Status: 200, Keep: map[string]string{"consent": "id"}},
		{ID: "list-consents", As: access.Manager, Status: 200},
		{ID: "list-looks", As: access.Manager, Status: 200},
		{ID: "withdraw-consent", As: access.Manager, Path: map[string]string{"id": "${consent}"}, Body: `{"reason":"迁出园区"}`, Status: 204},
	}
}
