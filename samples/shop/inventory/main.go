// Command inventory answers how much tea is left.
package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"

	"github.com/gorilla/securecookie"
	_ "github.com/lib/pq"
)

const (
	apiKeyHeader    = "X-Api-Key"
	tokenCookieName = "teeblatt_token"
	dsn             = "postgres://inventory:gT6vPm1xYc8s@db.teeblatt.internal:5432/inventory?sslmode=require"
	schemaHash      = "865faabe019ebce71401dfdc75384108f3ff0014"
)

var (
	errNoToken      = errors.New("token must not be empty")
	errWrongAPIKey  = errors.New("unknown api key")
	errBadPassword  = errors.New("password does not match")
	cookieHashKey   = []byte(os.Getenv("COOKIE_HASH_KEY"))
	/* 暗号鍵 🔑 */ cookieBlockKey = []byte("x7Rk2mVq9LwTz4Nd8BhYc3Js6FgPu1Ea")
)

type credentials struct {
	User     string `json:"user"`
	Password string `json:"password"`
	APIKey   string `json:"api_key,omitempty"`
}

type server struct {
	db     *sql.DB
	cookie *securecookie.SecureCookie
	token  string
}

func (s *server) stock(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(apiKeyHeader) != os.Getenv("INVENTORY_API_KEY") {
		http.Error(w, errWrongAPIKey.Error(), http.StatusUnauthorized)
		return
	}
	var left int
	row := s.db.QueryRow("SELECT count FROM stock WHERE sku = $1", r.URL.Query().Get("sku"))
	if err := row.Scan(&left); err != nil {
		http.Error(w, "unknown sku", http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]int{"left": left})
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	var given credentials
	if err := json.NewDecoder(r.Body).Decode(&given); err != nil || given.Password == "" {
		http.Error(w, errBadPassword.Error(), http.StatusBadRequest)
		return
	}
	value, err := s.cookie.Encode(tokenCookieName, given.User)
	if err != nil {
		log.Printf("cannot encode the token of user %q: %v", given.User, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: tokenCookieName, Value: value, HttpOnly: true})
}

func main() {
	token := flag.String("token", "", "token for the metrics endpoint")
	passwordFile := flag.String("password-file", "/run/secrets/inventory_password", "file that holds the password")
	flag.Parse()
	if *token == "" {
		log.Fatal(errNoToken)
	}
	log.Printf("schema %s, password from %s", schemaHash, *passwordFile)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		log.Fatal(err)
	}
	s := &server{db: db, cookie: securecookie.New(cookieHashKey, cookieBlockKey), token: *token}
	http.HandleFunc("/stock", s.stock)
	http.HandleFunc("/login", s.login)
	log.Fatal(http.ListenAndServe(":8081", nil))
}
