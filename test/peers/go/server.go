// A server of net/http: its reader and its writer of a connection are often on different threads.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/echo", func(response http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		response.WriteHeader(http.StatusCreated)
		response.Write(body)
	})
	http.HandleFunc("/stream", func(response http.ResponseWriter, request *http.Request) {
		for i := 0; i < 5; i++ {
			fmt.Fprint(response, strings.Repeat("x", 100))
			response.(http.Flusher).Flush()
		}
	})
	http.HandleFunc("/item/", func(response http.ResponseWriter, request *http.Request) {
		fmt.Fprintln(response, request.URL.Path)
	})
	fmt.Fprintln(os.Stdout, "port", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, nil))
}
