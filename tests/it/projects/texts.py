"""The texts that the modules of a project start from."""

PRELUDE = '''
def show(what, thunk):
    try:
        print(what, thunk())
    except Exception as error:
        print(what, type(error).__name__)


class Fake:
    KIND = 7

    def __init__(self, *args, **kwargs):
        pass

    def get(self, key, *rest):
        return f"fake {key}"

    def purge(self):
        return "fake purge"
'''

HOME = '''
class Manager:
    KIND = 1

    def __init__(self, prefix="p"):
        self.prefix = prefix
        self.data = {{}}

    def get(self, key{extra}):
        return f"{{self.prefix}}:{{key}}:{{self.data.get(key, 0)}}"

    def set(self, key, value):
        self.data[key] = value
        return value
{purge}

class Failure(Exception):
    pass


def fail():
    raise Failure("no")


{shared} = Manager("{prefix}")


def {getter}():
    return {shared}


LIMIT = 3
'''

PURGE = '''
    def purge(self):
        return "purged"
'''
