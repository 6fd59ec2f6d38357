"""A target cluster that answers at once, for bench/admission.py: all lists are empty, and watches say nothing."""

import http.server
import json
import ssl
import threading

LIST = json.dumps({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []}).encode()
KUBECONFIG = """apiVersion: v1
kind: Config
current-context: bench
contexts: [{name: bench, context: {cluster: bench, user: bench}}]
clusters: [{name: bench, cluster: {server: "https://127.0.0.1:%d", certificate-authority: %s}}]
users: [{name: bench, user: {token: fake-token-of-the-bench}}]
"""


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if "watch=true" in self.path:
            self.end_headers()
            self.server.over.wait()
        else:
            self.send_header("Content-Length", str(len(LIST)))
            self.end_headers()
            self.wfile.write(LIST)

    def log_message(self, *_):
        pass


class Target(http.server.ThreadingHTTPServer):
    """`folder` has tls.crt and tls.key; a kubeconfig is written beside them."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Answers)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/tls.crt", f"{folder}/tls.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.over = threading.Event()
        self.kubeconfig = f"{folder}/kubeconfig"
        with open(self.kubeconfig, "w", encoding="utf-8") as file:
            file.write(KUBECONFIG % (self.server_address[1], f"{folder}/tls.crt"))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.over.set()
        self.shutdown()
        self.server_close()
