package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"pilotzone/client"
)

// A program of an enterprise sends an order and follows its receipts.
func Example() {
	ctx := context.Background()
	c, err := client.New("https://zone.example.cn", os.Getenv("PILOTZONE_KEY"))
	if err != nil {
		fmt.Println(err)
		return
	}
	order, err := os.ReadFile("CEB311Message.xml")
	if err != nil {
		fmt.Println(err)
		return
	}
	ack, err := c.Submit(ctx, order)
	var refused *client.Problem
	if errors.As(err, &refused) {
		for _, e := range refused.Errors {
			fmt.Println(e.Path, e.MessageZH, e.FixZH)
		}
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range ack.Documents {
		fmt.Println(d.Number, d.What, d.Status)
	}
	for r, err := range c.Receipts(ctx, client.ReceiptQuery{After: "123.0", Wait: 30 * time.Second}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Cursor, r.Message, r.Status, r.Fields["returnInfo"])
	}
}

// A receiver of webhooks.
func ExampleReadWebhook() {
	secret := os.Getenv("PILOTZONE_WEBHOOK_SECRET")
	http.HandleFunc("POST /pilotzone", func(w http.ResponseWriter, r *http.Request) {
		e, err := client.ReadWebhook(r, secret)
		if err != nil {
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		fmt.Println(e.ID, e.Type, string(e.Data)) // store it, then answer
		w.WriteHeader(http.StatusNoContent)
	})
}
