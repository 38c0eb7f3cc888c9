package mailclient_test

import (
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/mailapi/mailclient"
	"github.com/watchword/watchword/pkg/mailapi/mailcontract"
	"github.com/watchword/watchword/pkg/mailapi/mailfake"
	"github.com/watchword/watchword/pkg/rpc/rpctest"
)

var _ mailcontract.Mailer = (*mailclient.Client)(nil)

func TestTheFakeKeepsTheContract(t *testing.T) {
	t.Parallel()
	mailcontract.Test(t, func(*testing.T) mailcontract.Subject {
		fake := mailfake.New(time.Now)
		return mailcontract.Subject{Mailer: fake, Bury: func(_ *testing.T, id string) { fake.Bury(id) }}
	})
}

func TestTheClientKeepsTheContract(t *testing.T) {
	t.Parallel()
	mailcontract.Test(t, func(t *testing.T) mailcontract.Subject {
		fake := mailfake.New(time.Now)
		return mailcontract.Subject{
			Mailer: mailclient.New(rpctest.Join(t, "auth", "mailer", fake.Handler)),
			Bury:   func(_ *testing.T, id string) { fake.Bury(id) },
		}
	})
}
