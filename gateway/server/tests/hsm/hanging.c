/* A PKCS#11 module that is SoftHSM, except that C_Sign hangs for as long as the file `hang` exists: a token whose
   connection is lost. The file `hangs` tells that it does. Compiled by the tests that use it. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* CK_FUNCTION_LIST of PKCS #11 2.40: a version, and 68 functions. */
struct functions {
    unsigned char version[2];
    void *function[68];
};
enum { C_SIGN = 43 };

typedef unsigned long (*get_functions)(struct functions **);
typedef unsigned long (*sign)(unsigned long session, void *data, unsigned long data_length, void *signature,
                              unsigned long *signature_length);

static struct functions ours;
static sign theirs;

static const char *in_folder(const char *name, char *path, unsigned long length) {
    snprintf(path, length, "%s/%s", getenv("SLUIS_TEST_FOLDER"), name);
    return path;
}

static unsigned long sign_or_hang(unsigned long session, void *data, unsigned long data_length, void *signature,
                                  unsigned long *signature_length) {
    char hang[4096], hangs[4096];
    in_folder("hangs", hangs, sizeof hangs);
    while (access(in_folder("hang", hang, sizeof hang), F_OK) == 0) {
        close(creat(hangs, 0600));
        usleep(5000);
    }
    return theirs(session, data, data_length, signature, signature_length);
}

unsigned long C_GetFunctionList(struct functions **list) {
    void *module = dlopen(getenv("SLUIS_TEST_MODULE"), RTLD_NOW | RTLD_LOCAL);
    get_functions get = module ? (get_functions)dlsym(module, "C_GetFunctionList") : 0;
    struct functions *found = 0;
    if (!get || get(&found) != 0)
        return 5; /* CKR_GENERAL_ERROR */
    ours = *found;
    theirs = (sign)ours.function[C_SIGN];
    ours.function[C_SIGN] = (void *)sign_or_hang;
    *list = &ours;
    return 0;
}
