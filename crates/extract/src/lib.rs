mod decode; mod names; mod syntax; mod strings; mod leaks; mod doctest; mod module;
