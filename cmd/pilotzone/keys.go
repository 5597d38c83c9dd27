package main

import (
	"fmt"
	"time"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/keys"
)

// keysCommand holds what is to do with the key file. A service that runs takes
// changes up by itself within seconds.
type keysCommand struct {
	List   keysListCommand   `cmd:"" help:"The data keys by id, without secrets. / 列出数据密钥"`
	Rotate keysRotateCommand `cmd:"" help:"Add a data key, which seals from now on; older ones still open. / 轮换数据密钥"`
	Rewrap keysRewrapCommand `cmd:"" help:"Wrap the keys by another master key. / 更换主密钥"`
}

// keysListCommand lists.
type keysListCommand struct {
	storeFlags `embed:""`
	JSON       bool `name:"json" help:"The result as one JSON object. / 以 JSON 输出"`
}

// keysRotateCommand rotates.
type keysRotateCommand struct {
	storeFlags `embed:""`
	Cipher     string `help:"aes-256-gcm or sm4-gcm; default that of the newest key. / 加密算法" enum:",aes-256-gcm,sm4-gcm" default:""`
}

// keysRewrapCommand re-wraps.
type keysRewrapCommand struct {
	storeFlags `embed:""`
	Master     string `help:"Where the new master key is: inline, file:PATH, env:NAME or passphrase:PATH; a file that is missing is made. / 新主密钥位置" default:"inline" placeholder:"PLACE"`
	Cipher     string `help:"With which the keys are wrapped: aes-256-gcm or sm4-gcm. / 包裹算法" enum:"aes-256-gcm,sm4-gcm" default:"aes-256-gcm"`
}

// listedKey is a data key in JSON.
type listedKey struct {
	ID      uint16    `json:"id"`
	Cipher  string    `json:"cipher"`
	Created time.Time `json:"created"`
	Days    int       `json:"age_days"`
	Seals   bool      `json:"seals"`
}

// Run lists the keys.
func (c *keysListCommand) Run(e *env) error {
	ring, err := zone.OpenKeys(c.config(e, "keys list"))
	if err != nil {
		return err
	}
	var list []listedKey
	for _, k := range ring.DataKeys() {
		list = append(list, listedKey{ID: k.ID, Cipher: k.Cipher.String(), Created: k.Created, Days: int(e.clock.Now().Sub(k.Created) / (24 * time.Hour)), Seals: k.Seals})
	}
	m := ring.Master()
	if c.JSON {
		return writeJSON(e.out, map[string]any{"data_keys": list, "master": m.String(), "master_cipher": m.Cipher})
	}
	fmt.Fprintf(e.out, "master key 主密钥: %s, %s\n", m, m.Cipher)
	for _, k := range list {
		seals := ""
		if k.Seals {
			seals = "  seals 在用"
		}
		fmt.Fprintf(e.out, "%5d  %-11s  %s  %d days 天%s\n", k.ID, k.Cipher, k.Created.Format(time.RFC3339), k.Days, seals)
	}
	return nil
}

// Run adds a data key.
func (c *keysRotateCommand) Run(e *env) error {
	ring, err := zone.OpenKeys(c.config(e, "keys rotate"))
	if err != nil {
		return err
	}
	list := ring.DataKeys()
	cipher := list[len(list)-1].Cipher
	if c.Cipher != "" {
		if cipher, err = keys.ParseCipher(c.Cipher); err != nil {
			return err
		}
	}
	id, err := ring.Rotate(cipher, e.clock.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "data key %d (%s) seals from now on: back the key file up / 已启用第 %d 号数据密钥，请备份密钥文件\n", id, cipher, id)
	return nil
}

// Run changes the master key.
func (c *keysRewrapCommand) Run(e *env) error {
	ring, err := zone.OpenKeys(c.config(e, "keys rewrap"))
	if err != nil {
		return err
	}
	m, err := keys.ParseMaster(c.Master)
	if err != nil {
		return err
	}
	cipher, err := keys.ParseCipher(c.Cipher)
	if err != nil {
		return err
	}
	if err := ring.Rewrap(m, cipher); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "the keys are wrapped by %s: back the key file and the master key up, apart from each other, and destroy older copies / 主密钥已更换为 %s，请分别备份密钥文件与主密钥，并销毁旧副本\n", ring.Master(), ring.Master())
	return nil
}
