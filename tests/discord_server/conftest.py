"""discord.py imports a module of the standard library that is to go; that is not ours to mend."""


def pytest_configure(config):
    config.addinivalue_line(
        "filterwarnings", "ignore:'audioop' is deprecated:DeprecationWarning:discord.player"
    )
