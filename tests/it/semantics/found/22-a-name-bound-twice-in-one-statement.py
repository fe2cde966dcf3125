# package a.user
from a.b import L, sub as new, L as new
