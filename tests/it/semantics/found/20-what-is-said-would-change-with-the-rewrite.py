# top top
import old
def f2(x=old.A):
    import a.old
    old.A = 1
