# How half-sent-3.db was made: by the last program that wrote version 3.
#
#   python3 half-sent-3.py VESPER FOLDER
#
# VESPER is the program of commit 279572e, built with -tags testclock. It sends an
# edition of 21 November to its end, and half of the one of 22 November, when it is
# killed with four messages on the wire. Nothing but the write-ahead log is touched
# afterwards: FOLDER/vesper.db is the file.
import calendar, os, shutil, signal, socket, sqlite3, subprocess, sys, threading, time

vesper, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder + "/desk")
os.chdir(folder)

taken, stall_after = 0, 1 << 30
stalled = threading.Semaphore(0)
lock = threading.Lock()

def session(c):
    """One SMTP session. After so many messages it says nothing to the dot."""
    global taken
    f = c.makefile("rb")
    say = lambda s: c.sendall((s + "\r\n").encode())
    say("220 sink.example ESMTP")
    to = ""
    for line in f:
        line = line.decode().strip()
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            say("250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME")
        elif verb == "RCPT":
            to = line[line.index("<") + 1:line.index(">")]
            if to.startswith("reader7@"):
                say("550 5.1.1 <%s>: no such user here" % to)
            elif to.startswith("reader9@"):
                say("451 4.7.1 <%s>: greylisted, come again" % to)
            else:
                say("250 2.1.5 Ok")
        elif verb == "DATA":
            if to.startswith(("reader7@", "reader9@")):
                say("554 5.5.1 no valid recipients")
                continue
            say("354 go on")
            for body in f:
                if body == b".\r\n":
                    break
            with lock:
                taken += 1
                mine = taken
            if mine > stall_after:
                stalled.release()
                time.sleep(60)
            say("250 2.0.0 Ok: queued as 4Sink%d" % mine)
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 Ok")

def serve(s):
    while True:
        c, _ = s.accept()
        threading.Thread(target=session, args=(c,), daemon=True).start()

s = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(s,), daemon=True).start()
open("vesper.toml", "w").write("""[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "1200 Example Street NW, Washington, DC 20005, USA"
timezone = "UTC"
[[edition]]
slot = "evening"
title = "Evening Edition"
schedule = "0 18 * * *"
[[relay]]
host = "127.0.0.1"
port = %d
tls = "none"
connections = 4
[web]
listen = "127.0.0.1:0"
base_url = "http://127.0.0.1:8025"
""" % s.getsockname()[1])
open("list.txt", "w").write("".join("reader%d@news.example\n" % i for i in range(1, 41)))

def article(day, headline):
    path = "desk/%s.txt" % day
    open(path, "w").write(
        "%s \\ Newslooks \\ Harbour \\ An Editor \\ Evening Edition \\ %s.\nQuick Looks\n- It is so.\nDeep Look\nIt was said today.\n"
        % (headline, headline))
    noon = calendar.timegm(time.strptime(day, "%Y-%m-%d")) + 12 * 3600
    os.utime(path, (noon, noon))

def run(now, *args, wait=True):
    p = subprocess.Popen([vesper, *args], env=dict(os.environ, VESPER_NOW=now))
    return p.wait() if wait else p

run("2026-11-20T12:00:00Z", "subscribers", "import", "list.txt", "--confirmed")
# An edition that is over: 38 sent, one failed, one deferred until it expired.
article("2026-11-21", "The harbour reopens")
run("2026-11-21T18:00:00Z", "edition", "send", "--yes")
run("2026-11-22T12:00:00Z", "edition", "send", "--yes", "--date", "2026-11-21")
run("2026-11-22T12:00:00Z", "subscribers", "suppress", "reader40@news.example", "--reason", "manual")
run("2026-11-22T12:00:00Z", "subscribers", "remove", "reader38@news.example", "--yes")
# An edition whose process is killed while four messages are on the wire.
article("2026-11-22", "A ferry for winter")
stall_after = taken + 18
p = run("2026-11-22T18:00:00Z", "edition", "send", "--yes", wait=False)
for _ in range(4):
    stalled.acquire()
time.sleep(1)
p.send_signal(signal.SIGKILL)
p.wait()
# What is in the write-ahead log goes into the one file.
db = sqlite3.connect("vesper.db")
print(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
print(db.execute("PRAGMA user_version").fetchall(), sqlite3.sqlite_version)
for row in db.execute("SELECT edition, step, count(*), group_concat(DISTINCT reply) FROM deliveries GROUP BY 1, 2"):
    print(row)
print(db.execute("SELECT number, state, reason, opened, length(web_view) FROM editions").fetchall())
db.close()
print(os.listdir("."), os.path.getsize("vesper.db"))
