package sandbox

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"tootfill/backfill/httpsig"
	"tootfill/backfill/rsakey"
)

// homeKeyID is the key of home's instance actor.
const homeKeyID = "https://" + HomeDomain + "/actor#main-key"

// homeKeyPEM is the private key of home's instance actor. It is the same in
// every sandbox, public, and guards nothing: drawing one would only make the
// start slow.
const homeKeyPEM = `-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCxLoEulbDa2a4o
bOjseLFPiN3T9Jxpi+faoq/dkxSYs5QtLW233okq9AiguXRws1YIZQKKSfhRhzNE
gttBe1dDuz6MW7xVsAcsfgfzkrEzQcM0pRzWaHKEmJ57jMLw4csMShS/y5uuHX8C
YrkxGgWaKst4Ea06zlk9+yaCs0FiyU/jlERe0/rfxigYAJX+fI5gUtKQ5l4DXZnZ
GzwroD8JpPTSdAfXESKRqBFD442XrLns3COVgbARLsyBSIsS4ILdslxgOXgBVbu3
XcS4/MxyoY1yq20Drez6y+BnxUDf6JW/QVRfAn8qkRddvpE1dAl6nO6eO0PuYQRc
Z680+GZ7AgMBAAECggEADGX+sC3VZFsbLsUAP5vqfHBNZYmWcGRT4x7DQ7QJGu5m
DgtBxD4URycwe16+4SwLdybqWJb4g2v8kGy/vwNMhfbSV6wLr8tTlS90ivzW3Yla
iZKMRAynBtRPMsIU2hpSxRdiAFHVIQf7XUVfRCpX/gPEnTBPeO/7mrS6ayb0Cl+B
8V06OHCVTXRez7E6Tqkdjs7oJhPNO3jJjna/FVahJUwFI83LGRllXzmx0Xt4SiZR
M3Y4tBTE7fQmA6AdOeUjwGJDi2nXIRSZPsPf1ARvyBvF4EoF8WiQAv9DBBmKATBg
DElNLV6Ll8oTXdxPITF7ooUnFNF1GIy5KsxuEEYAwQKBgQDuubIn8a7RHfPnf3mp
UB+ijVKqYccx3jR/foWHc6XSSs4oOsW9Artsu6mXIKnwHXSgmWOT7JpDEf6c3aH7
uVG6X276e/Ahv+24NxMyw1nc0pMVG335vJ6CQt0emuVi2ZblYfqjJYlXGDRstx06
/kgDZtC7Uzs+vt6Vpe0LLREN6wKBgQC+ALud87492dfR12FpgWcRkG9NFVWxfSKR
922KENzseHAsgTAyGzOFWQE1vuWPUeG4/VBcLMkAjM3w6GqPPNhDxmJsZ4CuoFGq
qv0OVk41mH1VZHgEAAa9sdUwlj/gGvO6JvEXV2jNgnif78Z1gO8+O/IR6bpb7sQY
U7JNlDyVsQKBgQCRYFhT5uQUyO7NXV3Tc82wCev7gkvx3GWP9paOZCjpJVDiQthE
QDOvBaFDPUr/xJBPdNmlLYLLsVuiX33Tc4mHu7Izq+ISS3USp8dzNG+3AC09v146
BVlp7hoGF0H1rpgr3DzruWInvb+/LMwKLuvf1m7qhMchcM7PxxnRooIuPQKBgQC2
zeG1EKQCwisBO+X/Kn9NyNctJM+z2p9+LL55Tcwgv6e9SfZi3wTs0Tt2yFn5UGCK
KT490OD65H3nwNV1RqcUXjSn89U9LgYk3CpotuS8cCB2HhnST2ws6oIhIw4Fwiio
+3qOaIzu3Q7NYlZhC1IjYG2Aio3AkbKdbTlppqu7oQKBgCQD4z7EBdtcyCm+VZ5Q
kwnj3AyIIUHI6fbKO0S6tWIMF1R9oaNNFIscxsLUM00VEqoQSoF3F2LuCqlBPI9F
/THsUaUf1e9KH8Q5wxf9ct6kkAv1OpvCjuJkalZXpC2MRhOcSTQCac8DHAfJsPHU
YHOt7ZdPNs4ktU622Tgvj0uw
-----END PRIVATE KEY-----
`

// InstanceKey is the key with which home signs its requests: the id under which
// others find its public half, and the private key in PEM (PKCS #8). Whoever
// signs with it is home to all origins, as an administrator's own tools are.
func (h *Home) InstanceKey() (keyID string, file []byte) {
	return homeKeyID, []byte(homeKeyPEM)
}

// readKeys reads home's key and makes its public half: PKIX in PEM, as actors
// show it.
func (s *Sandbox) readKeys() error {
	private, err := rsakey.ParseFile([]byte(homeKeyPEM))
	if err != nil {
		return fmt.Errorf("the key of the sandbox's home: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return fmt.Errorf("the public key of the sandbox's home: %w", err)
	}
	s.homeKey = httpsig.Key{ID: homeKeyID, Private: private}
	s.publicPEM = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return nil
}
