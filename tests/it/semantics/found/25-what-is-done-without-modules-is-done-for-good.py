# rename a.pkg package
def f1(x=m):
    global B
    from a.b.old import A, C
def f2(old):
    global B
    import a.b.old, a.b.old as a, a.b.old as B
