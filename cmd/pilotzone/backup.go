package main

import (
	"errors"
	"fmt"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/store/backup"
)

// backupCommand copies a store while its service runs.
type backupCommand struct {
	storeFlags `embed:""`
	Folder     string `arg:"" help:"A new or empty folder for the copy. / 目标文件夹（新建或空）"`
}

// Run copies services before core and says what to keep beside it.
func (c *backupCommand) Run(e *env) (err error) {
	st, err := zone.OpenStore(e.ctx, c.config(e, "backup"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := backup.Backup(e.ctx, st, c.Folder); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "The store was copied to %s. The key file is not in it: keep a copy of it apart. / 已备份至 %[1]s；密钥文件不在其中，请另行保管。\n", c.Folder)
	return nil
}
