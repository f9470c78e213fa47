/* options: as fuzz/reproduce writes it. Save it as fuzz/cases/options.NAME.c: it is a test then.
 */
#include "../case.h"

TEXT("replay\n"
     "--heap=all\n"
     "--heap=all\n"
     "--heap=all\n"
     "--heap=all\n"
     "--heap=all\n"
     "t\n")
