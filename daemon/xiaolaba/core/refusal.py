"""What the operating system refuses, in Chinese, with what to do about it."""

import errno

_NO_RIGHTS = "没有权限：换个文件夹，或用 sudo"
_FULL = "磁盘满了：请腾出空间"

SAID = {
    errno.EACCES: _NO_RIGHTS,
    errno.EPERM: _NO_RIGHTS,
    errno.ENOENT: "没有这个文件或文件夹：请核对路径",
    errno.EISDIR: "这是文件夹，要写文件名",
    errno.ENOTDIR: "路径中间有一段不是文件夹：请核对路径",
    errno.EEXIST: "同名的已经有了：换个名字",
    errno.ENAMETOOLONG: "名字太长：换个短的",
    errno.ELOOP: "链接绕成了圈：请核对路径",
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: "这个盘是只读的：换个文件夹，或解除写保护",
    errno.EIO: "读写出错，盘可能坏了：换一个盘或一张卡",
    errno.EMFILE: "打开的文件太多：重新启动程序",
    errno.ENFILE: "打开的文件太多：重新启动机器",
    errno.EADDRINUSE: "已被别的程序占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}
"""By the system's number for it; the words follow a colon or stand in brackets."""


def refusal(error: OSError) -> str:
    """Return why the system refused; what nobody foresaw stays in its own words."""
    return SAID.get(error.errno or 0) or error.strerror or str(error)


def cause(error: OSError) -> str:
    """Return the same without the advice, where other advice follows."""
    return refusal(error).partition("：")[0]
