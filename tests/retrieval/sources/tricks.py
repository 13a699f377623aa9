"""Ways to write an address that is not on the public web, and to lead a reader to one."""

from __future__ import annotations

PORT = 8080
"""Where web pages may be served, and where the trap listens."""

ADDRESSES = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "017700000001", "0x7f000001",
    "0x7f.1", "0177.0.0.1", "0x7f.0x0.0x0.0x1", "0", "0.0.0.0", "localhost", "LOCALHOST",
    "localhost.", "127.0.0.1.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:a9fe:a9fe::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]",
    "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]",
    "10.0.0.1", "10.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "192.168.257", "3232235777", "169.254.169.254", "169.254.43518", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "100.64.0.1",
    "100.127.255.255", "100.100.100.200", "192.0.0.1", "192.0.0.170", "192.0.2.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "192.88.99.1",
    # the same in letters and dots of other scripts
    "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "169。254。169。254", "loc\u00adalhost", "%6c%6f%63%61%6c%68%6f%73%74", "127%2e0%2e0%2e1",
]  # fmt: skip

LINKS = [
    # who is the host? the part before the @ is not
    f"http://public.example@127.0.0.1:{PORT}/",
    f"http://public.example:80@127.0.0.1:{PORT}/",
    f"http://user:password@public.example:{PORT}/",
    f"http://user@127.0.0.1:{PORT}/",
    f"http://:@127.0.0.1:{PORT}/",
    f"http://public.example%40127.0.0.1:{PORT}/",
    f"http://127.0.0.1:{PORT}\\@public.example/",
    f"http://public.example\\@127.0.0.1:{PORT}/",
    f"http://127.0.0.1:{PORT}#@public.example/",
    f"http://127.0.0.1:{PORT}?@public.example/",
    f"http://public.example@127.0.0.1:{PORT}@public.example/",
    f"http:\\\\127.0.0.1:{PORT}/",
    f"http:127.0.0.1:{PORT}/",
    f"http:///127.0.0.1:{PORT}/",
    f"//127.0.0.1:{PORT}/",
    f"http://127.0.0.1:{PORT}\t/",
    f"http://127.0.0.1\n:{PORT}/",
    f"http://127.0.0.1:0{PORT}/",
    f"http://[127.0.0.1]:{PORT}/",
    f"http://[::ffff:127.0.0.1]:{PORT}/",
    # other schemes
    "file:///etc/passwd", "file://127.0.0.1/etc/passwd", f"ftp://127.0.0.1:{PORT}/",
    f"gopher://127.0.0.1:{PORT}/_GET%20/", f"dict://127.0.0.1:{PORT}/info",
    f"ws://127.0.0.1:{PORT}/", f"tftp://127.0.0.1:{PORT}/", f"ldap://127.0.0.1:{PORT}/",
    f"jar:http://127.0.0.1:{PORT}/!/", "data:text/html,hello", "javascript:alert(1)",
    f"unix://127.0.0.1:{PORT}/", f"netdoc://127.0.0.1:{PORT}/", f"HTTP+UNIX://127.0.0.1:{PORT}/",
]  # fmt: skip

PORTS = [1, 22, 23, 25, 110, 143, 445, 2375, 3306, 5432, 6379, 9200, 11211, 27017]
"""Of other services, at an address that is on the public web."""


def links() -> list[str]:
    """All of them as links to the trap."""
    return [*(f"http://{address}:{PORT}/" for address in ADDRESSES), *LINKS]
