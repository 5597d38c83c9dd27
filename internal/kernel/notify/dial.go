package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// errInside says that a receiver's name leads into our own network. The word is
// all that its owner is told.
var errInside = errors.New("address_refused")

// inside are networks that are not the public internet, beyond those that
// netip.Addr knows by its methods (RFC 4291 2.5.5.1, RFC 6890, RFC 6598, RFC 8215, RFC 7526).
var inside = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// allowed tells whether a delivery may go to an address.
func (s *Service) allowed(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	for _, p := range s.c.Allow {
		if p.Contains(ip) {
			return true
		}
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range inside {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// guard is called with the address that is about to be dialled, after its name
// was resolved: what was checked is what is connected to.
func (s *Service) guard(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", errInside, address)
	}
	if !s.allowed(a.Addr()) {
		return errInside
	}
	return nil
}

// newClient makes the client of all deliveries: no proxy, no redirects, no
// cookies, bounded times.
func (s *Service) newClient() *http.Client {
	dialer := &net.Dialer{Timeout: min(5*time.Second, s.c.Timeout), Control: s.guard}
	return &http.Client{
		Timeout:       s.c.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1, MaxIdleConns: 2 * atOnce, IdleConnTimeout: 30 * time.Second,
			TLSHandshakeTimeout: min(5*time.Second, s.c.Timeout), ResponseHeaderTimeout: s.c.Timeout, MaxResponseHeaderBytes: 16 << 10, DisableCompression: true},
	}
}

// word is why a receiver could not be reached, as a stable word: texts of
// errors may tell of our own network.
func word(err error) string {
	var dns *net.DNSError
	var wait net.Error
	switch {
	case errors.Is(err, errInside):
		return errInside.Error()
	case errors.As(err, &dns):
		return "no_such_host"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &wait) && wait.Timeout():
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection_refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
		return "connection_lost"
	}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return "certificate"
	}
	return "connection_failed"
}
