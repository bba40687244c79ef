from amana.web.app import start

app = start()
