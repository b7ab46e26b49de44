// A client of net/http: several goroutines on kept-alive connections, streams and bodies both ways.
package main

import (
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

const workers, rounds = 8, 25

func main() {
	base := "http://127.0.0.1:" + os.Args[1]
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	finish := func(response *http.Response, err error) {
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	var group sync.WaitGroup
	for worker := 0; worker < workers; worker++ {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			for round := 0; round < rounds; round++ {
				finish(client.Get(base + "/item/" + strconv.Itoa(worker*rounds+round)))
				finish(client.Get(base + "/stream"))
				finish(client.Head(base + "/stream"))
				finish(client.Post(base+"/echo", "text/plain", strings.NewReader(strings.Repeat("y", 5000))))
				// A reader of unknown length goes out chunked.
				finish(client.Post(base+"/echo", "text/plain", io.MultiReader(strings.NewReader("chunked"))))
				finish(client.Get(base + "/absent"))
			}
		}(worker)
	}
	group.Wait()
}
