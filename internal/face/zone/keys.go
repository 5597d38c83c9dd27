package zone

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/keys"
)

// keyPoll is how often the key file is looked at for keys that a command added.
const keyPoll = 2 * time.Second

// keyOptions are how the key file of a configuration is opened.
func keyOptions(c Config) (keys.Options, error) {
	o := keys.Options{Path: c.Key, Modules: c.KeyModules}
	var err error
	if o.Cipher, err = keys.ParseCipher(c.Cipher); err != nil {
		return o, err
	}
	if c.Master != "" {
		o.Master, err = keys.ParseMaster(c.Master)
	}
	return o, err
}

// OpenKeys opens the key file of a configuration; one that is missing is not made.
func OpenKeys(c Config) (*keys.Keyring, error) {
	c = c.withDefaults()
	if _, err := os.Stat(c.Key); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no key file %s: name it with --key (没有密钥文件，请用 --key 指定)", c.Key)
	}
	o, err := keyOptions(c)
	if err != nil {
		return nil, err
	}
	ring, _, err := keys.Open(o)
	return ring, err
}

// followKeys takes up what a command changed in the key file, without a restart.
func (z *Zone) followKeys(ctx context.Context) error {
	tick := time.NewTicker(keyPoll)
	defer tick.Stop()
	last := z.newestKey().ID
	for said := ""; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		_, err := z.Keys.Reload()
		switch {
		case err != nil && err.Error() != said:
			said = err.Error()
			z.Config.Log.Error("the key file has changed and cannot be taken up (密钥文件已变动但无法载入)", "error", err)
		case err == nil:
			said = ""
		}
		if k := z.newestKey(); k.ID != last { // an Open may have taken it up before
			if last = k.ID; uint32(k.ID) != z.rotated.Load() {
				z.tookKey(ctx, k)
			}
		}
	}
}

// newestKey is the data key that seals.
func (z *Zone) newestKey() keys.KeyInfo {
	list := z.Keys.DataKeys()
	return list[len(list)-1]
}

// tookKey tells log and audit chain of a key that came by the file.
func (z *Zone) tookKey(ctx context.Context, newest keys.KeyInfo) {
	z.Config.Log.Info("a new data key seals from now on (已启用新数据密钥)", "key", newest.ID, "cipher", newest.Cipher)
	err := z.Audit.Record(ctx, audit.Entry{Actor: "system", Act: "keys.taken", Object: fmt.Sprintf("key:%d", newest.ID), Outcome: audit.Done, Detail: newest.Cipher.String()})
	if err != nil {
		z.Config.Log.Error("audit entry could not be written (审计记录写入失败)", "error", err)
	}
}

// RotateKeys makes a new data key of a cipher, or of the one in use when c is 0,
// which seals from now on. e says who does it; its act is entered beside it.
func (z *Zone) RotateKeys(ctx context.Context, c keys.Cipher, e audit.Entry) (id uint16, err error) {
	if c == 0 {
		c = z.newestKey().Cipher
	}
	e.Act, e.Object = "keys.rotate", "keys"
	if id, err = z.Keys.Rotate(c, z.Config.Clock.Now()); err != nil {
		e.Outcome, e.Detail = audit.Failed, err.Error()
		return 0, errors.Join(err, z.Audit.Record(ctx, e))
	}
	z.rotated.Store(uint32(id))
	e.Outcome, e.Object, e.Detail = audit.Done, fmt.Sprintf("key:%d", id), c.String()
	return id, z.Audit.Record(ctx, e)
}
